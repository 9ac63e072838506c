import type { Class } from '../../container/index.js';
import { messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import type { DirectDatabase } from '../direct-database.js';
import { SqlitePool, type SqlitePoolOptions } from '../sqlite/sqlite-pool.js';
import { SqliteDataSource } from './sqlite-data-source.js';
import type { RunnerPlace } from './sqlite-driver.js';
import { SqliteLink, type SqliteTransactionLink } from './sqlite-link.js';
import { TypeormDatabase } from './typeorm-database.js';

export interface SqliteDatabaseOptions {
  readonly name: string;
  readonly path: string;
  readonly entities: readonly Class[];
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
  const link = new SqliteLink(options.name, dataSource);
  database = new SqliteDatabase(options.name, link, dataSource, `sqlite ${options.path}`);
  return database;
}

class SqliteDatabase extends TypeormDatabase {
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
        if (standing.transaction.isReadOnly) return { kind: 'free' };
        return { kind: 'outside', refuses: 'writes', error: this.outsideError('has one writer at a time') };
      }
    }
  }
}
