import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';
import { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { DatabaseError } from '../database-error.js';
import type { SqliteSessions } from '../sqlite/sqlite-sessions.js';
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
  readonly sessions: SqliteSessions;
  readonly statementTimeoutMs: number;
  readonly place: () => RunnerPlace;
  /** Whether integers beyond 2^53 are read as better-sqlite3 reads them, as the number next to them; else as `bigint`. */
  readonly roundsIntegers?: boolean;
}

/** TypeORM's better-sqlite3 driver, over sessions: on connections of this process, or of the orchestrator's. */
export class SqliteDriver extends BetterSqlite3Driver implements RunnerHost {
  readonly sessions: SqliteSessions;
  readonly statementTimeoutMs: number;
  readonly roundsIntegers: boolean;
  readonly #place: () => RunnerPlace;
  /** The runner that tells subscribers and listeners of something. */
  readonly #telling = new AsyncLocalStorage<SqliteQueryRunner>();

  constructor(dataSource: DataSource, options: SqliteDriverOptions) {
    super(dataSource);
    this.sessions = options.sessions;
    this.statementTimeoutMs = options.statementTimeoutMs;
    this.roundsIntegers = options.roundsIntegers ?? false;
    this.#place = options.place;
  }

  override createQueryRunner(): QueryRunner {
    const place = this.#here();
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
    const runner = new SqliteQueryRunner(this);
    runner.broadcaster = within(runner.broadcaster, (tell) => this.#telling.run(runner, tell));
    return runner;
  }

  isJoined(runner: SqliteQueryRunner): boolean {
    const place = this.#here();
    return place.kind === 'joined' && place.runner === runner;
  }

  /**
   * What a subscriber does by `event.dataSource` joins the transaction that waits for it, as on TypeORM's one connection;
   * its writes would wait for that transaction in turn.
   */
  #here(): RunnerPlace {
    const place = this.#place();
    const runner = this.#telling.getStore();
    return place.kind === 'free' && runner?.isTransactionActive && !runner.isReleased
      ? { kind: 'joined', runner }
      : place;
  }

  override async disconnect(): Promise<void> {
    await this.sessions.close();
  }

  override async afterConnect(): Promise<void> {
    if (!this.hasAttachedDatabases()) return;
    const files = Object.keys(this.attachedDatabases).join(', ');
    throw new DatabaseError(
      'CONFIGURATION',
      `entities name databases of their own (${files}), which cannot be attached to a pool; give them a database in the configuration`,
    );
  }

  /** Where TypeORM would look for the files that entities name, which are refused. Ours may have no path. */
  protected override getMainDatabasePath(): string {
    return '';
  }

  protected override async createDatabaseConnection(): Promise<SqliteSessions> {
    await this.sessions.open(new StatementLimit(this.statementTimeoutMs));
    return this.sessions;
  }

  /** better-sqlite3 is loaded where the engine runs. */
  protected override loadDependencies(): void {}
}

/** A broadcaster that tells everybody by way of `run`. */
function within<T extends object>(broadcaster: T, run: (tell: () => unknown) => unknown): T {
  return new Proxy(broadcaster, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...told: unknown[]) => run(() => Reflect.apply(member, target, told));
    },
  });
}
