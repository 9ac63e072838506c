import { mariadbUrl } from '../../integration/mariadb-server.js';
import { postgresUrl } from '../../integration/postgres-address.js';
import type { ValueEngine } from './column-values.js';

/** As docs/values.md names them. */
export const valueEngines: readonly { readonly title: string; readonly engine: ValueEngine; readonly url: string }[] = [
  { title: 'SQLite', engine: 'sqlite', url: 'sqlite::memory:' },
  { title: 'PostgreSQL', engine: 'postgres', url: postgresUrl },
  { title: 'MariaDB', engine: 'mysql', url: mariadbUrl },
];

export const valuePagePath = new URL('../../../docs/values.md', import.meta.url);
