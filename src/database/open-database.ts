import type { Class } from '../container/index.js';
import type { Duration, Logger } from '../foundation/index.js';
import { timerMs } from './checked-call.js';
import { DatabaseError } from './database-error.js';
import type { DirectDatabase } from './direct-database.js';
import { sqlitePathOf } from './sqlite/sqlite-url.js';

export interface OpenDatabaseOptions {
  /** `sqlite:./file.db` (its directory is created) or `sqlite::memory:`. */
  readonly url: string;
  /** The name in the configuration, for messages. */
  readonly name: string;
  /** The TypeORM entities whose repositories will be asked for. */
  readonly entities?: readonly Class[];
  /** TypeORM migrations, for a `SchemaTool` or `dataSource.runMigrations()`; opening applies none. */
  readonly migrations?: readonly Class[];
  /** Creates and alters the tables of the entities. Default false; not for production data. */
  readonly synchronize?: boolean;
  readonly logger?: Logger;
  /** Connections to a file, at most; each is a thread, started when needed. Default 8. */
  readonly maxConnections?: number;
  /** The longest wait for a free connection, then POOL. Default 5 s. */
  readonly acquireTimeout?: Duration;
  /** The longest wait for another writer, then TIMEOUT with driverCode SQLITE_BUSY. Default 5 s. */
  readonly busyTimeout?: Duration;
  /** The timeout of a statement that names none. Default 30 s. */
  readonly statementTimeout?: Duration;
  /** How long `close` waits for transactions and statements that are still open. Default 5 s. */
  readonly closeTimeout?: Duration;
}

/**
 * Opens a database. Rejects with CONFIGURATION for a URL it does not know or a driver that is not installed, and with
 * CONNECTION naming the path when the file or its directory cannot be opened or created.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<DirectDatabase> {
  const path = sqlitePathOf(options.url, options.name);
  // TypeORM is loaded here, so that a module whose databases are proxied never loads it for this.
  const { openSqliteDatabase } = await import('./typeorm/sqlite-database.js');
  const database = await openSqliteDatabase({
    name: options.name,
    path,
    entities: options.entities ?? [],
    migrations: options.migrations ?? [],
    synchronize: options.synchronize ?? false,
    statementTimeoutMs: timerMs(options.statementTimeout ?? '30s', 'statementTimeout'),
    pool: {
      database: options.name,
      path,
      maxConnections: checkConnections(options.maxConnections ?? 8),
      acquireTimeoutMs: timerMs(options.acquireTimeout ?? '5s', 'acquireTimeout'),
      busyTimeoutMs: timerMs(options.busyTimeout ?? '5s', 'busyTimeout'),
      closeTimeoutMs: timerMs(options.closeTimeout ?? '5s', 'closeTimeout'),
    },
  });
  options.logger?.debug('database opened', { database: options.name, description: database.description });
  return database;
}

function checkConnections(count: number): number {
  if (Number.isInteger(count) && count >= 1) return count;
  throw new DatabaseError('CONFIGURATION', `maxConnections must be an integer of at least 1, not ${count}`);
}
