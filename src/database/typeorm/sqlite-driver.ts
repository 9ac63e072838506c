import type { DataSource, QueryRunner } from 'typeorm';
import { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { DatabaseError } from '../database-error.js';
import type { SqlitePool } from '../sqlite/sqlite-pool.js';
import { StatementLimit } from '../statement-limit.js';
import { type RunnerHost, SqliteQueryRunner } from './sqlite-query-runner.js';

/** Where the code that asks for a runner stands. */
export type RunnerPlace =
  | { readonly kind: 'free' }
  /** In a transaction that TypeORM's calls join. */
  | { readonly kind: 'joined'; readonly runner: SqliteQueryRunner }
  /** Inside `transaction(work)`: only reads, or, with `refuses: 'everything'`, nothing. */
  | { readonly kind: 'outside'; readonly refuses: 'writes' | 'everything'; readonly error: DatabaseError };

export interface SqliteDriverOptions {
  readonly pool: SqlitePool;
  readonly statementTimeoutMs: number;
  readonly place: () => RunnerPlace;
}

/** TypeORM's better-sqlite3 driver, whose connections live in the worker threads of a pool. */
export class SqliteDriver extends BetterSqlite3Driver implements RunnerHost {
  readonly pool: SqlitePool;
  readonly statementTimeoutMs: number;
  readonly #place: () => RunnerPlace;

  constructor(dataSource: DataSource, options: SqliteDriverOptions) {
    super(dataSource);
    this.pool = options.pool;
    this.statementTimeoutMs = options.statementTimeoutMs;
    this.#place = options.place;
  }

  override createQueryRunner(): QueryRunner {
    const place = this.#place();
    switch (place.kind) {
      case 'free':
        return this.createOwnQueryRunner();
      case 'joined':
        return place.runner;
      case 'outside':
        if (place.refuses === 'everything') throw place.error;
        return new SqliteQueryRunner(this, place.error);
    }
  }

  createOwnQueryRunner(): SqliteQueryRunner {
    return new SqliteQueryRunner(this);
  }

  isJoined(runner: SqliteQueryRunner): boolean {
    const place = this.#place();
    return place.kind === 'joined' && place.runner === runner;
  }

  override async disconnect(): Promise<void> {
    await this.pool.close();
  }

  override async afterConnect(): Promise<void> {
    if (!this.hasAttachedDatabases()) return;
    const files = Object.keys(this.attachedDatabases).join(', ');
    throw new DatabaseError(
      'CONFIGURATION',
      `entities name databases of their own (${files}), which cannot be attached to a pool; give them a database in the configuration`,
    );
  }

  protected override async createDatabaseConnection(): Promise<SqlitePool> {
    await this.pool.open(new StatementLimit(this.statementTimeoutMs));
    return this.pool;
  }

  /** better-sqlite3 is loaded by the worker. */
  protected override loadDependencies(): void {}
}
