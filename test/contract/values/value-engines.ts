import { mariadbUrl } from '../../integration/mariadb-server.js';
import { postgresUrl } from '../../integration/postgres-address.js';
import type { ValueEngine } from './column-values.js';

interface EngineOfValues {
  /** As docs/values.md names it. */
  readonly title: string;
  readonly engine: ValueEngine;
  readonly url: string;
  /** What must answer for it. */
  readonly server?: 'postgres' | 'mysql';
}

export const valueEngines: readonly EngineOfValues[] = [
  { title: 'SQLite', engine: 'sqlite', url: 'sqlite::memory:' },
  { title: 'PostgreSQL', engine: 'postgres', url: postgresUrl, server: 'postgres' },
  { title: 'PGlite', engine: 'postgres', url: 'pglite:memory' },
  { title: 'MariaDB', engine: 'mysql', url: mariadbUrl, server: 'mysql' },
];

export const valuePagePath = new URL('../../../docs/values.md', import.meta.url);
