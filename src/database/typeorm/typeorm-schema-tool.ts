import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import { mysqlError, postgresError } from '../server/server-errors.js';
import type { MigrationStatus, SchemaChange, SchemaDiff, SchemaTool, SqlScript } from '../schema-change.js';
import { withMigrationLock } from './migration-lock.js';
import { RecordedRunner, statementText } from './recorded-runner.js';

/** How an engine keeps two migrations apart. */
type Locking =
  /** The change is one transaction, which itself is the lock: one writer, or one connection, at a time. */
  | 'transaction'
  /** A lock of the server beside it. */
  | 'server';

type Step = (executor: MigrationExecutor) => Promise<readonly string[]>;

export interface TypeormSchemaToolOptions {
  /** For messages. */
  readonly name: string;
  readonly dataSource: DataSource;
  /** One connection for everybody. */
  readonly isSingleConnection: boolean;
}

/** TypeORM's own migrations and schema builder, so that one process at a time changes a database, and all of it or nothing. */
export class TypeormSchemaTool implements SchemaTool {
  readonly #options: TypeormSchemaToolOptions;

  constructor(options: TypeormSchemaToolOptions) {
    this.#options = options;
  }

  async status(): Promise<readonly MigrationStatus[]> {
    return this.#reported('the migrations could not be read', async () => {
      const { dataSource } = this.#options;
      const known = dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
      const executed = await new MigrationExecutor(dataSource).getExecutedMigrations();
      const applied = new Set(executed.map(({ name }) => name));
      const all = [...new Set([...applied, ...known])].sort((a, b) => timestampOf(a) - timestampOf(b));
      return all.map((name) => ({
        name,
        state: !known.includes(name) ? 'unknown' : applied.has(name) ? 'applied' : 'pending',
      }));
    });
  }

  migrate({ dryRun = false }: { readonly dryRun?: boolean } = {}): Promise<SchemaChange> {
    return this.#change(dryRun, 'a migration failed', async (executor) => {
      const migrations = await executor.executePendingMigrations();
      return migrations.map(({ name }) => name);
    });
  }

  revert({ dryRun = false }: { readonly dryRun?: boolean } = {}): Promise<SchemaChange> {
    return this.#change(dryRun, 'the last migration could not be reverted', async (executor) => {
      const before = await executor.getExecutedMigrations();
      await executor.undoLastMigration();
      const after = new Set((await executor.getExecutedMigrations()).map(({ name }) => name));
      const last = before.filter(({ name }) => !after.has(name)).map(({ name }) => name);
      // What is only noted has not gone from the table.
      return last.length > 0 || !dryRun
        ? last
        : before
            .toSorted((a, b) => b.id! - a.id!)
            .slice(0, 1)
            .map(({ name }) => name);
    });
  }

  async diff(): Promise<SchemaDiff> {
    return this.#reported('the difference to the entities could not be found', async () => {
      const { upQueries, downQueries } = await this.#options.dataSource.driver.createSchemaBuilder().log();
      const script = (queries: typeof upQueries): SqlScript =>
        queries.map(({ query, parameters }) => statementText(query, parameters));
      return { up: script(upQueries), down: script(downQueries.toReversed()) };
    });
  }

  async #change(dryRun: boolean, failure: string, step: Step): Promise<SchemaChange> {
    const { name } = this.#options;
    let hasBegun = false;
    const begun: Step = (executor) => {
      hasBegun = true;
      return step(executor);
    };
    const work = () =>
      this.#withRunner((runner) =>
        this.#locking === 'transaction'
          ? this.#inTransaction(runner, dryRun, begun)
          : withMigrationLock(runner, name, () =>
              dryRun && this.#rollsBackTables
                ? this.#inTransaction(runner, dryRun, begun)
                : this.#stepByStep(runner, dryRun, begun),
            ),
      );
    return this.#reported(failure, work, () => hasBegun);
  }

  /** All of it in one transaction; a dry run does it and takes it back. */
  async #inTransaction(runner: QueryRunner, dryRun: boolean, step: Step): Promise<SchemaChange> {
    // Outside the transaction, where SQLite can still turn foreign keys off; tables that are built anew would lose rows.
    await runner.beforeMigration();
    const recorded = new RecordedRunner(runner, { performs: true });
    await runner.startTransaction();
    const executor = new MigrationExecutor(this.#options.dataSource, runner);
    executor.transaction = 'none';
    const migrations = await step(executor);
    if (dryRun) await runner.rollbackTransaction();
    else await runner.commitTransaction();
    await runner.afterMigration();
    return { migrations, sql: recorded.sql };
  }

  /** As TypeORM does: one transaction, or one for each migration where one of them wants it otherwise. */
  async #stepByStep(runner: QueryRunner, dryRun: boolean, step: Step): Promise<SchemaChange> {
    const recorded = new RecordedRunner(runner, { performs: !dryRun });
    const executor = new MigrationExecutor(this.#options.dataSource, runner);
    const { migrations } = this.#options.dataSource;
    executor.transaction = migrations.some(({ transaction }) => transaction !== undefined) ? 'each' : 'all';
    return { migrations: await step(executor), sql: recorded.sql };
  }

  async #withRunner<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.#options.dataSource.createQueryRunner();
    try {
      return await work(runner);
    } finally {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      await runner.release();
    }
  }

  get #locking(): Locking {
    const { dataSource, isSingleConnection } = this.#options;
    return dataSource.options.type === 'better-sqlite3' || isSingleConnection ? 'transaction' : 'server';
  }

  /** MySQL commits before and after every change of a table. */
  get #rollsBackTables(): boolean {
    return this.#options.dataSource.options.type === 'postgres';
  }

  /** What kept it from beginning, and may be gone the next time, is none of its own failures. */
  async #reported<T>(failure: string, work: () => Promise<T>, hasBegun = () => false): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DatabaseError) throw error;
      const { name, dataSource } = this.#options;
      const reason = (dataSource.options.type === 'postgres' ? postgresError : mysqlError)(error, name);
      if (reason.retryable && !hasBegun()) throw reason;
      throw new DatabaseError('MIGRATION', `database '${name}': ${failure}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** Which TypeORM has at the end of every migration's name. */
function timestampOf(name: string): number {
  return Number(name.slice(-13)) || 0;
}
