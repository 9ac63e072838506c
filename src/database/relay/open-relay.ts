import type { CredentialUser, Logger, PreparedCredential } from '../../foundation/index.js';
import { MysqlRelayEngine } from '../mysql/mysql-relay-engine.js';
import { PgliteServer } from '../pglite/pglite-server.js';
import { isPgliteUrl, pgliteDirectoryOf } from '../pglite/pglite-url.js';
import { PostgresRelayEngine } from '../postgres/postgres-relay-engine.js';
import { LivePassword, probeFailure, unlessAborted } from '../server/live-password.js';
import { mysqlLoginOf } from '../server/mysql-login.js';
import { postgresLoginOf } from '../server/postgres-login.js';
import { parseServerUrl, type ServerAddress, type ServerDialect, serverEngineOf } from '../server/server-url.js';
import type { ModuleLimits } from '../pool-limits.js';
import { RelayBroker } from './relay-broker.js';
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
  /** Instead of one in the URL. */
  readonly password?: string | LivePassword;
  readonly pool: RelayPoolOptions;
  readonly logger?: Logger | undefined;
}

/** A database whose modules run its driver themselves, over pipes. Logs in when a module first needs it. */
export interface RelayedDatabase {
  readonly engine: 'postgres' | 'mysql';
  readonly dialect?: ServerDialect | undefined;
  /** As the server names it. */
  readonly database?: string;
  readonly description: string;
  /** All modules share one connection to an engine in this process. */
  readonly isSingleConnection: boolean;
  /** Starts that engine, which takes longer than anybody waits for a connection. Rejects as `openDatabase`. */
  readonly start?: () => Promise<void>;
  readonly broker: RelayBroker;
  /** How long a connection stays open that nobody uses. */
  readonly idleTimeoutMs: number;
  /** Where the password is a secret: replaces it live, as `CredentialUser` says. */
  readonly prepare?: CredentialUser['prepare'];
  close(): Promise<void>;
}

const loginDeadlineMs = 10_000;
/** It may have to start again first. */
const pgliteDeadlineMs = 60_000;

/** Whether a URL means a server, at which one logs in. */
export function isServerUrl(url: string): boolean {
  return serverEngineOf(url) !== undefined;
}

/** Undefined for an engine that is not relayed. Throws CONFIGURATION for a URL that cannot be meant. */
export function openRelay({ name, url, password, pool, logger }: OpenRelayOptions): RelayedDatabase | undefined {
  if (isPgliteUrl(url)) return openPgliteRelay({ name, url, pool, logger });
  if (!isServerUrl(url)) return undefined;
  const live = password instanceof LivePassword ? password : undefined;
  const address = parseServerUrl(url, name, password instanceof LivePassword ? undefined : password);
  const engine = relayEngine(address, name, live);
  const broker = new RelayBroker({ name, engine, ...pool, logger, ...(live && { refusal: () => live.refusal }) });
  // Neither user nor host: a module has no use for them.
  return {
    engine: address.engine,
    dialect: address.dialect,
    database: address.database,
    description: `${address.engine} ${address.database}`,
    isSingleConnection: false,
    broker,
    idleTimeoutMs: pool.idleTimeoutMs,
    ...(live && { prepare: (value, signal) => prepareRelay(name, engine, broker, live, value, signal) }),
    close: () => broker.close(),
  };
}

/** The connections to come log in with the new password; those in use go on until they are idle. */
async function prepareRelay(
  name: string,
  engine: RelayEngine,
  { pool }: RelayBroker,
  live: LivePassword,
  value: string,
  signal: AbortSignal,
): Promise<PreparedCredential> {
  try {
    await unlessAborted(engine.probe(value), signal, () => undefined);
  } catch (error) {
    throw probeFailure(name, error);
  }
  const before = pool.generation;
  return live.prepared(value, {
    switch: () => pool.switchTo(),
    retire: () => pool.retireOthers(),
    goBack: () => {
      pool.switchTo(before);
      return pool.retireOthers();
    },
  });
}

function relayEngine(address: ServerAddress, name: string, live: LivePassword | undefined): RelayEngine {
  const common = { name, deadlineMs: loginDeadlineMs, ...(live && { password: live }) };
  return address.engine === 'postgres'
    ? new PostgresRelayEngine({ ...common, login: postgresLoginOf(address) })
    : new MysqlRelayEngine({ ...common, login: mysqlLoginOf(address) });
}

/** PostgreSQL in this process; starts when a module first needs it. Throws CONFIGURATION for a URL that names no directory. */
export function openPgliteRelay({ name, url, pool, logger }: Omit<OpenRelayOptions, 'password'>): RelayedDatabase {
  const server = new PgliteServer(pgliteDirectoryOf(url, name), name);
  const engine = new PostgresRelayEngine({
    name,
    deadlineMs: pgliteDeadlineMs,
    login: { user: 'postgres', host: 'pglite' },
    openStream: () => server.openStream(),
  });
  const broker = new RelayBroker({ name, engine, ...pool, max: 1, isSingle: true, logger });
  return {
    engine: 'postgres',
    description: 'pglite',
    isSingleConnection: true,
    broker,
    idleTimeoutMs: pool.idleTimeoutMs,
    start: () => server.start(),
    close: async () => {
      await broker.close();
      await server.close();
    },
  };
}
