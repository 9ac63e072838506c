import type { Logger } from '../../foundation/index.js';
import { MysqlRelayEngine } from '../mysql/mysql-relay-engine.js';
import { PostgresRelayEngine } from '../postgres/postgres-relay-engine.js';
import { mysqlLoginOf } from '../server/mysql-login.js';
import { postgresLoginOf } from '../server/postgres-login.js';
import { parseServerUrl, type ServerAddress, serverEngineOf } from '../server/server-url.js';
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
  /** Instead of one in the URL; a function is asked at each login. */
  readonly password?: string | (() => Promise<string>);
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

/** Whether modules run the driver of that engine themselves. */
export function isRelayed(url: string): boolean {
  return serverEngineOf(url) !== undefined;
}

/** Undefined for an engine that is not relayed. Throws CONFIGURATION for a URL that cannot be meant. */
export function openRelay({ name, url, password, pool, logger }: OpenRelayOptions): RelayedDatabase | undefined {
  if (!isRelayed(url)) return undefined;
  const isAsked = typeof password === 'function';
  const address = parseServerUrl(url, name, isAsked ? undefined : password);
  const broker = new RelayBroker({
    name,
    engine: relayEngine(address, name, isAsked ? password : undefined),
    ...pool,
    logger,
  });
  // Neither user nor host: a module has no use for them.
  return { engine: address.engine, description: `${address.engine} ${address.database}`, broker };
}

function relayEngine(address: ServerAddress, name: string, password: (() => Promise<string>) | undefined): RelayEngine {
  const common = { name, deadlineMs: loginDeadlineMs, ...(password === undefined ? {} : { password }) };
  return address.engine === 'postgres'
    ? new PostgresRelayEngine({ ...common, login: postgresLoginOf(address) })
    : new MysqlRelayEngine({ ...common, login: mysqlLoginOf(address) });
}
