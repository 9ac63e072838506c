import type { EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import type { Class } from '../../container/index.js';
import { messageOf } from '../../foundation/index.js';
import { DatabaseClient } from '../database-client.js';
import { DatabaseError } from '../database-error.js';
import type { DirectDatabase } from '../direct-database.js';
import { SqlitePool, type SqlitePoolOptions } from '../sqlite/sqlite-pool.js';
import { SqliteDataSource } from './sqlite-data-source.js';
import type { RunnerPlace } from './sqlite-driver.js';
import { SqliteLink, type SqliteTransactionLink } from './sqlite-link.js';

export interface SqliteDatabaseOptions {
  readonly name: string;
  readonly path: string;
  readonly entities: readonly Class[];
  readonly migrations: readonly Class[];
  readonly synchronize: boolean;
  readonly statementTimeoutMs: number;
  readonly pool: SqlitePoolOptions;
}

export async function openSqliteDatabase(options: SqliteDatabaseOptions): Promise<DirectDatabase> {
  let database: SqliteDatabase | undefined;
  const dataSource = new SqliteDataSource({
    pool: new SqlitePool(options.pool),
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
  database = new SqliteDatabase(options.name, options.path, dataSource);
  return database;
}

class SqliteDatabase extends DatabaseClient implements DirectDatabase {
  readonly description: string;
  readonly dataSource: SqliteDataSource;

  constructor(name: string, path: string, dataSource: SqliteDataSource) {
    super(name, new SqliteLink(name, dataSource));
    this.description = `sqlite ${path}`;
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
        if (standing.transaction.isReadOnly) return { kind: 'free' };
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
