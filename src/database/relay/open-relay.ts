import type { Logger } from '../../foundation/index.js';
import { MysqlRelayEngine } from '../mysql/mysql-relay-engine.js';
import { PostgresRelayEngine } from '../postgres/postgres-relay-engine.js';
import { mysqlLoginOf } from '../server/mysql-login.js';
import { parseServerUrl, serverEngineOf } from '../server/server-url.js';
import { type ModuleLimits, RelayBroker } from './relay-broker.js';
import type { RelayEngine } from './relay-engine.js';

/** How the modules of an orchestrator share one database. */
export interface RelayPoolOptions {
  /** Connections to the server, at most, of all modules together. */
  readonly max: number;
  /** How long one stays open that nobody uses. */
  readonly idleTimeoutMs: number;
  readonly limitsOf: (moduleId: string) => ModuleLimits;
}

export interface OpenRelayOptions {
  /** The name in the configuration, for messages. */
  readonly name: string;
  readonly url: string;
  readonly pool: RelayPoolOptions;
  readonly logger: Logger;
}

/** A database whose modules run its driver themselves, over pipes. Logs in when a module first needs it. */
export interface RelayedDatabase {
  readonly engine: 'postgres' | 'mysql';
  readonly description: string;
  readonly broker: RelayBroker;
}

const loginDeadlineMs = 10_000;

/** Whether modules run that engine's driver themselves. Throws CONFIGURATION for a URL that cannot be meant. */
export function isRelayed(url: string, name: string): boolean {
  return engineOf(url, name) !== undefined;
}

/** undefined for an engine that is not relayed. */
export function openRelay({ name, url, pool, logger }: OpenRelayOptions): RelayedDatabase | undefined {
  const found = engineOf(url, name);
  if (found === undefined) return undefined;
  const broker = new RelayBroker({ name, engine: found.relayed, ...pool, logger });
  return { engine: found.engine, description: describe(url), broker };
}

function engineOf(url: string, name: string): { engine: RelayedDatabase['engine']; relayed: RelayEngine } | undefined {
  const engine = serverEngineOf(url);
  if (engine === undefined) return undefined;
  const deadlineMs = loginDeadlineMs;
  if (engine === 'postgres')
    return { engine, relayed: new PostgresRelayEngine({ name, login: { connectionString: url }, deadlineMs }) };
  const login = mysqlLoginOf(parseServerUrl(url, name));
  return { engine, relayed: new MysqlRelayEngine({ name, login, deadlineMs }) };
}

/** Neither user nor password nor host: a module has no use for them. */
function describe(url: string): string {
  const scheme = /^[a-z]+/i.exec(url)?.[0].toLowerCase() ?? '';
  const path = URL.canParse(url) ? new URL(url).pathname : '';
  return `${scheme} ${path.replace(/^\//, '')}`.trim();
}
