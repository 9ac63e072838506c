import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { DatabaseError } from '../database-error.js';
import { withMigrationLock } from './migration-lock.js';
import { type OwnedRunner, ownedRunner } from './owned-runner.js';

export type ReplicationMode = Parameters<DataSource['createQueryRunner']>[0];

/** A TypeORM DataSource to a server that changes tables, from the entities or by migrations, while nobody else does. */
export class LockingDataSource extends DataSource {
  readonly #database: string;
  /** Has the lock; for whoever asks for a runner next. */
  #lent: QueryRunner | undefined;
  readonly #owned = new Set<OwnedRunner>();

  /** `database` is its name in the configuration. */
  constructor(options: DataSourceOptions, database: string) {
    super(options);
    this.#database = database;
  }

  override createQueryRunner(mode?: ReplicationMode): QueryRunner {
    const lent = this.#lent;
    this.#lent = undefined;
    return lent ?? this.newQueryRunner(mode);
  }

  override synchronize(dropBeforeSync = false): Promise<void> {
    return this.#alone(async (lending) => {
      if (dropBeforeSync) await lending(() => super.dropDatabase());
      await lending(() => super.synchronize());
    });
  }

  override runMigrations(options?: Parameters<DataSource['runMigrations']>[0]) {
    return this.#alone((lending) => lending(() => super.runMigrations(options)));
  }

  override undoLastMigration(options?: Parameters<DataSource['undoLastMigration']>[0]): Promise<void> {
    return this.#alone((lending) => lending(() => super.undoLastMigration(options)));
  }

  protected newQueryRunner(mode?: ReplicationMode): QueryRunner {
    return super.createQueryRunner(mode);
  }

  /** Its owner ends it, or the end of the DataSource. */
  protected owned(asked: QueryRunner): OwnedRunner {
    const { runner, end } = ownedRunner(asked);
    const owned: OwnedRunner = {
      runner,
      end: (lost) => {
        this.#owned.delete(owned);
        return end(lost);
      },
    };
    this.#owned.add(owned);
    return owned;
  }

  /** Nobody ends those that are still open: their connections close, which rolls back. TypeORM would ask them for ever. */
  override async destroy(): Promise<void> {
    const closed = new DatabaseError('CLOSED', `database '${this.#database}' is closed`);
    for (const owned of this.#owned) {
      owned.closed = closed;
      await owned.end(closed);
    }
    await super.destroy();
  }

  /** What is done by `lending` runs on the connection that has the lock. */
  async #alone<T>(work: (lending: <R>(step: () => R) => R) => Promise<T>): Promise<T> {
    // As TypeORM says it.
    if (!this.isInitialized) return work((step) => step());
    const asked = this.newQueryRunner('master');
    // The transaction the caller stands in, which goes on.
    if (asked.isTransactionActive) return work((step) => this.#lending(asked, step));
    // Each step would release it.
    const { runner, end } = this.owned(asked);
    try {
      return await withMigrationLock(runner, this.#database, () => work((step) => this.#lending(runner, step)));
    } finally {
      await close(runner).catch(() => undefined);
      await end();
    }
  }

  /** TypeORM takes its runner before it waits for anything. */
  #lending<R>(runner: QueryRunner, step: () => R): R {
    this.#lent = runner;
    try {
      return step();
    } finally {
      this.#lent = undefined;
    }
  }
}

/** An orchestrator lends nobody else a connection whose session had a lock, until its driver closes it. */
async function close(runner: QueryRunner): Promise<void> {
  const connection = (await runner.connect()) as { destroy?(): void; end(): unknown };
  if (connection.destroy) connection.destroy();
  else void connection.end();
}
