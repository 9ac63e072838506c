import { type Logger, messageOf } from '../../foundation/index.js';
import type { DataSourceSchema } from '../data-source-schema.js';
import type { DirectDatabase } from '../direct-database.js';
import { DatabaseError } from '../database-error.js';
import type { ModuleLimits } from '../pool-limits.js';
import { PooledSessions } from '../sqlite/pooled-sessions.js';
import { SqlitePool, type SqlitePoolOptions } from '../sqlite/sqlite-pool.js';
import { SharedSessions } from '../sqlite/shared-sessions.js';
import type { SqliteSession } from '../sqlite/sqlite-session.js';
import type { SqliteSessions } from '../sqlite/sqlite-sessions.js';
import { SqliteDataSource } from './sqlite-data-source.js';
import type { RunnerPlace } from './sqlite-driver.js';
import { SqliteLink, type SqliteTransactionLink } from './sqlite-link.js';
import { DataSourceDatabase } from './data-source-database.js';

interface OpenedOptions extends DataSourceSchema {
  readonly name: string;
  readonly statementTimeoutMs: number;
}

export interface SqliteDatabaseOptions extends OpenedOptions {
  readonly path: string;
  readonly pool: SqlitePoolOptions;
}

export interface RemoteSqliteDatabaseOptions extends OpenedOptions {
  readonly description: string;
  readonly sessions: SqliteSessions;
}

/** A database file, or memory, on connections of this process. */
export function openSqliteDatabase(options: SqliteDatabaseOptions): Promise<SqliteDatabase> {
  const sessions = new PooledSessions(new SqlitePool(options.pool));
  return open(
    { ...options, description: `sqlite ${options.path}`, sessions },
    (...opened) => new PooledDatabase(sessions, ...opened),
  );
}

/** The orchestrator's, whose connection it owns. */
export function openRemoteSqliteDatabase(options: RemoteSqliteDatabaseOptions): Promise<SqliteDatabase> {
  return open(options, (...opened) => new SqliteDatabase(...opened));
}

async function open<D extends SqliteDatabase>(
  options: RemoteSqliteDatabaseOptions,
  create: (...opened: ConstructorParameters<typeof SqliteDatabase>) => D,
): Promise<D> {
  let database: D | undefined;
  const dataSource = new SqliteDataSource({
    sessions: options.sessions,
    statementTimeoutMs: options.statementTimeoutMs,
    schema: options,
    place: () => database?.place() ?? { kind: 'free' },
  });
  try {
    await dataSource.initialize();
  } catch (error) {
    await dataSource.driver.disconnect();
    if (error instanceof DatabaseError) throw error;
    throw new DatabaseError(
      'CONFIGURATION',
      `database '${options.name}' cannot be set up for its entities: ${messageOf(error)}`,
      { cause: error },
    );
  }
  const link = new SqliteLink(options.name, dataSource);
  database = create(options.name, link, dataSource, options.description);
  return database;
}

/** One DataSource for `Database`, repositories and `@Transactional`, over the sessions of either world. */
class SqliteDatabase extends DataSourceDatabase {
  /** Where TypeORM's calls stand: like those of the port. */
  place(): RunnerPlace {
    const { standing } = this;
    switch (standing.kind) {
      case 'free':
        return { kind: 'free' };
      case 'joined':
        if (!standing.transaction.isOpen) return { kind: 'outside', refuses: 'everything', error: this.endedError() };
        return { kind: 'joined', runner: (standing.transaction.link as SqliteTransactionLink).runner };
      case 'outside': {
        if (this.isSingleConnection)
          return { kind: 'outside', refuses: 'everything', error: this.outsideError('has only one connection') };
        if (!standing.holdsWriter) return { kind: 'free' };
        return { kind: 'outside', refuses: 'writes', error: this.outsideError('has one writer at a time') };
      }
    }
  }
}

/** One that the orchestrator can serve to modules. */
class PooledDatabase extends SqliteDatabase {
  readonly #sessions: PooledSessions;

  constructor(sessions: PooledSessions, ...opened: ConstructorParameters<typeof SqliteDatabase>) {
    super(...opened);
    this.#sessions = sessions;
  }

  createSession(): SqliteSession {
    return this.#sessions.createSession();
  }

  /** The same for one module, within its limits; its end leaves this as it is. */
  forModule(moduleId: string, limits: ModuleLimits, logger: Logger): Promise<DirectDatabase> {
    const { name, description } = this;
    const user = { moduleId, ...limits, logger: logger.child({ module: moduleId, database: name }) };
    const own = this.#sessions.forModule(user);
    // That of the limits counts while a statement runs; this one from when it was asked for.
    const statementTimeoutMs = Math.max(limits.statementTimeoutMs, defaultStatementMs);
    return open(
      { name, description, statementTimeoutMs, sessions: new SharedSessions(own), ...noSchema },
      (...opened) => new PooledDatabase(own, ...opened),
    );
  }
}

/** Of a module that names no timeout. */
const defaultStatementMs = 30_000;
const noSchema: DataSourceSchema = { entities: [], migrations: [], typeorm: {}, synchronize: false };
