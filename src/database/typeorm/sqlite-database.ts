import type { EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import type { Class } from '../../container/index.js';
import { messageOf } from '../../foundation/index.js';
import { DatabaseClient } from '../database-client.js';
import { DatabaseError } from '../database-error.js';
import type { DirectDatabase } from '../direct-database.js';
import { PooledSessions } from '../sqlite/pooled-sessions.js';
import { SqlitePool, type SqlitePoolOptions } from '../sqlite/sqlite-pool.js';
import { SqliteSession } from '../sqlite/sqlite-session.js';
import type { SqliteSessions } from '../sqlite/sqlite-sessions.js';
import { SqliteDataSource } from './sqlite-data-source.js';
import type { RunnerPlace } from './sqlite-driver.js';
import { SqliteLink, type SqliteTransactionLink } from './sqlite-link.js';

interface TypeormOptions {
  readonly name: string;
  readonly entities: readonly Class[];
  readonly migrations: readonly Class[];
  readonly synchronize: boolean;
  readonly statementTimeoutMs: number;
}

export interface SqliteDatabaseOptions extends TypeormOptions {
  readonly path: string;
  readonly pool: SqlitePoolOptions;
}

export interface RemoteSqliteDatabaseOptions extends TypeormOptions {
  readonly description: string;
  readonly sessions: SqliteSessions;
}

/** A database file, or memory, on worker threads of this process. */
export function openSqliteDatabase(options: SqliteDatabaseOptions): Promise<SqliteDatabase> {
  const pool = new SqlitePool(options.pool);
  return open(
    { ...options, description: `sqlite ${options.path}`, sessions: new PooledSessions(pool) },
    (...opened) => new PooledDatabase(pool, ...opened),
  );
}

/** The orchestrator's, whose connection it owns. */
export function openRemoteSqliteDatabase(options: RemoteSqliteDatabaseOptions): Promise<SqliteDatabase> {
  return open(options, (...opened) => new SqliteDatabase(...opened));
}

async function open<D extends SqliteDatabase>(
  options: RemoteSqliteDatabaseOptions,
  create: (name: string, description: string, dataSource: SqliteDataSource) => D,
): Promise<D> {
  let database: D | undefined;
  const dataSource = new SqliteDataSource({
    sessions: options.sessions,
    statementTimeoutMs: options.statementTimeoutMs,
    entities: [...options.entities],
    migrations: [...options.migrations],
    synchronize: options.synchronize,
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
  database = create(options.name, options.description, dataSource);
  return database;
}

/** One DataSource for `Database`, repositories and `@Transactional`, over the sessions of either world. */
class SqliteDatabase extends DatabaseClient implements DirectDatabase {
  readonly description: string;
  readonly dataSource: SqliteDataSource;

  constructor(name: string, description: string, dataSource: SqliteDataSource) {
    super(name, new SqliteLink(name, dataSource));
    this.description = description;
    this.dataSource = dataSource;
  }

  repository<T extends ObjectLiteral>(entity: EntityTarget<T>): Repository<T> {
    if (this.dataSource.hasMetadata(entity)) return this.dataSource.getRepository(entity);
    const entityName =
      typeof entity === 'function' ? entity.name : typeof entity === 'string' ? entity : 'given by a schema';
    throw new DatabaseError(
      'CONFIGURATION',
      `database '${this.name}' does not know the entity ${entityName}; list it in the entities of @Module`,
    );
  }

  /** Where TypeORM's calls stand: like those of the port. */
  place(): RunnerPlace {
    const { standing } = this;
    switch (standing.kind) {
      case 'free':
        return { kind: 'free' };
      case 'joined':
        if (!standing.transaction.isOpen) return { kind: 'outside', refuses: 'everything', error: this.#endedError() };
        return { kind: 'joined', runner: (standing.transaction.link as SqliteTransactionLink).runner };
      case 'outside': {
        if (this.isSingleConnection)
          return { kind: 'outside', refuses: 'everything', error: this.outsideError('has only one connection') };
        if (!standing.holdsWriter) return { kind: 'free' };
        return { kind: 'outside', refuses: 'writes', error: this.outsideError('has one writer at a time') };
      }
    }
  }

  #endedError(): DatabaseError {
    return new DatabaseError(
      'TRANSACTION',
      `database '${this.name}': the transaction of this @Transactional method has ended; it takes no more calls`,
    );
  }
}

/** One that the orchestrator can serve to modules. */
class PooledDatabase extends SqliteDatabase {
  readonly #pool: SqlitePool;

  constructor(pool: SqlitePool, ...opened: ConstructorParameters<typeof SqliteDatabase>) {
    super(...opened);
    this.#pool = pool;
  }

  createSession(): SqliteSession {
    return new SqliteSession(this.#pool);
  }
}
