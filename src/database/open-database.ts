import type { EntitySource, MigrationSource, TypeormOptions } from '../container/index.js';
import type { Duration, Logger } from '../foundation/index.js';
import { timerMs } from './checked-call.js';
import { DatabaseError } from './database-error.js';
import type { DirectDatabase } from './direct-database.js';
import { openServerEngine } from './open-server-engine.js';
import { isPgliteUrl, pgliteDirectoryOf } from './pglite/pglite-url.js';
import { LivePassword } from './server/live-password.js';
import type { PoolSettings } from './server/server-engine.js';
import { parseServerUrl, serverEngineOf } from './server/server-url.js';
import { sqlitePathOf } from './sqlite/sqlite-url.js';

export interface OpenDatabaseOptions {
  /**
   * `sqlite:./file.db` (its directory is created), `sqlite::memory:`, `pglite:./directory` (created), `pglite:memory`,
   * `postgres://user:password@host:5432/database` or `mysql://…`, with `?sslmode=disable|require|verify-ca|verify-full&sslrootcert=FILE` and `?host=/socket`.
   */
  readonly url: string;
  /** Instead of one in the URL; of a server, a live one may be replaced while the database is open. */
  readonly password?: string | LivePassword;
  /** The name in the configuration, for messages. */
  readonly name: string;
  /** The TypeORM entities whose repositories will be asked for. */
  readonly entities?: readonly EntitySource[];
  /** TypeORM migrations, for a `SchemaTool` or `dataSource.runMigrations()`; opening applies none. */
  readonly migrations?: readonly MigrationSource[];
  /** What else the program chooses of the DataSource; its `synchronize` comes first. */
  readonly typeorm?: TypeormOptions;
  /** Creates and alters the tables of the entities. Default false; not for production data. */
  readonly synchronize?: boolean;
  readonly logger?: Logger;
  /** Connections at most, opened when needed; of a SQLite file each is a process. Default 10, of a file 8. */
  readonly maxConnections?: number;
  /** The longest wait for a free connection, then POOL. Default 5 s. */
  readonly acquireTimeout?: Duration;
  /** How long a connection to a server or a SQLite file may be idle before it is closed. Default 10 min. */
  readonly idleTimeout?: Duration;
  /** The longest login to a server. Default 10 s. */
  readonly connectTimeout?: Duration;
  /** The longest wait for another writer, then TIMEOUT with driverCode SQLITE_BUSY. Default 5 s. */
  readonly busyTimeout?: Duration;
  /** The timeout of a statement that names none. Default 30 s. */
  readonly statementTimeout?: Duration;
  /** How long `close` waits for transactions and statements that are still open. Default 5 s. */
  readonly closeTimeout?: Duration;
}

/** Only bounds memory: who waits is turned away by time. */
const maxWaiting = 10_000;

/**
 * Opens a database. Rejects with CONFIGURATION for a URL it does not know, a driver that is not installed, or a user,
 * password or database name that the server does not take, and with CONNECTION, naming the path or the server, when
 * that cannot be opened or reached.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<DirectDatabase> {
  const database = await openEngine(options);
  options.logger?.debug('database opened', { database: options.name, description: database.description });
  return database;
}

/** Throws CONFIGURATION when no database can be meant by a URL. Opens nothing. */
export function checkDatabaseUrl(url: string, name: string): void {
  if (serverEngineOf(url)) parseServerUrl(url, name);
  else if (isPgliteUrl(url)) pgliteDirectoryOf(url, name);
  else sqlitePathOf(url, name);
}

function openEngine(options: OpenDatabaseOptions): Promise<DirectDatabase> {
  if (serverEngineOf(options.url)) return openServer(options);
  return isPgliteUrl(options.url) ? openPglite(options) : openSqlite(options);
}

// TypeORM is loaded in these, so that a module whose databases are proxied never loads it for this.
function openServer(options: OpenDatabaseOptions): Promise<DirectDatabase> {
  const { password: live } = options;
  if (!(live instanceof LivePassword)) return openServerWith(options, live);
  return live.logIn((password) => openServerWith(options, password, live));
}

async function openServerWith(
  options: OpenDatabaseOptions,
  password: string | undefined,
  live?: LivePassword,
): Promise<DirectDatabase> {
  const { name } = options;
  const address = parseServerUrl(options.url, name, password);
  const max = checkConnections(options.maxConnections ?? 10);
  const { openServerDatabase } = await import('./typeorm/server-database.js');
  const source = { kind: 'server', address } as const;
  return openServerDatabase({
    ...commonOptions(options),
    engine: await openServerEngine(address.engine, source, name, poolSettings(options, max)),
    pool: { max, ...waits(options) },
    ...(live && password !== undefined && { credential: { live, password } }),
  });
}

/** PostgreSQL in this process, as the orchestrator serves it to modules: one connection to the engine, lent to many. */
async function openPglite(options: OpenDatabaseOptions): Promise<DirectDatabase> {
  const { name, url } = options;
  const connections = checkConnections(options.maxConnections ?? 10);
  const common = { ...commonOptions(options), ...waits(options) };
  const limits = {
    connections,
    queueLength: maxWaiting,
    acquireTimeoutMs: common.acquireTimeoutMs,
    // Both are the caller's.
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
  };
  const pool = { max: 1, idleTimeoutMs: idleTimeoutMs(options), limitsOf: () => limits };
  const [{ openPgliteRelay }, { openSharedDatabase }] = await Promise.all([
    import('./relay/open-relay.js'),
    import('./relay/open-shared-database.js'),
  ]);
  const description = `pglite ${pgliteDirectoryOf(url, name) ?? 'memory'}`;
  const relayed = { ...openPgliteRelay({ name, url, pool }), description };
  return openSharedDatabase({ ...common, moduleId: name, relayed, ownsRelay: true });
}

async function openSqlite(options: OpenDatabaseOptions): Promise<DirectDatabase> {
  const { name } = options;
  const path = sqlitePathOf(options.url, name);
  const { openSqliteDatabase } = await import('./typeorm/sqlite-database.js');
  return openSqliteDatabase({
    ...commonOptions(options),
    path,
    pool: {
      database: name,
      path,
      maxConnections: checkConnections(options.maxConnections ?? 8),
      busyTimeoutMs: timerMs(options.busyTimeout ?? '5s', 'busyTimeout'),
      idleTimeoutMs: idleTimeoutMs(options),
      ...waits(options),
    },
  });
}

function poolSettings(options: OpenDatabaseOptions, max: number): PoolSettings {
  return {
    max,
    idleTimeoutMs: idleTimeoutMs(options),
    connectTimeoutMs: timerMs(options.connectTimeout ?? '10s', 'connectTimeout'),
  };
}

function idleTimeoutMs({ idleTimeout = '10m' }: OpenDatabaseOptions): number {
  return timerMs(idleTimeout, 'idleTimeout');
}

function commonOptions(options: OpenDatabaseOptions) {
  const {
    name,
    entities = [],
    migrations = [],
    typeorm = {},
    synchronize = false,
    statementTimeout = '30s',
    logger,
  } = options;
  const statementTimeoutMs = timerMs(statementTimeout, 'statementTimeout');
  return { name, entities, migrations, typeorm, synchronize, statementTimeoutMs, logger };
}

function waits({ acquireTimeout = '5s', closeTimeout = '5s' }: OpenDatabaseOptions) {
  return {
    acquireTimeoutMs: timerMs(acquireTimeout, 'acquireTimeout'),
    closeTimeoutMs: timerMs(closeTimeout, 'closeTimeout'),
  };
}

function checkConnections(count: number): number {
  if (Number.isInteger(count) && count >= 1) return count;
  throw new DatabaseError('CONFIGURATION', `maxConnections must be an integer of at least 1, not ${count}`);
}
