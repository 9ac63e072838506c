import {
  CannotExecuteNotConnectedError,
  QueryFailedError,
  type QueryResult,
  QueryRunnerAlreadyReleasedError,
} from 'typeorm';
import { DatabaseError } from '../database-error.js';
import type {
  BeginOptions,
  CallOptions,
  DatabaseLink,
  RowData,
  StatementLink,
  TransactionLink,
} from '../database-link.js';
import type { SqlValue } from '../database.js';
import { isClosedConnection, queryError, SqliteError } from '../sqlite/sqlite-error.js';
import { StatementLimit } from '../statement-limit.js';
import type { SqliteDataSource } from './sqlite-data-source.js';
import type { SqliteQueryRunner } from './sqlite-query-runner.js';

/** Statements by TypeORM's runners: one for each call, or one for the whole of a transaction. */
export class SqliteLink implements DatabaseLink {
  readonly type = 'sqlite';
  readonly isSingleWriter = true;
  readonly #name: string;
  readonly #dataSource: SqliteDataSource;

  constructor(name: string, dataSource: SqliteDataSource) {
    this.#name = name;
    this.#dataSource = dataSource;
  }

  get isSingleConnection(): boolean {
    return this.#dataSource.driver.sessions.isSingle;
  }

  execute(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<number> {
    return this.#withRunner((link) => link.execute(sql, params, options));
  }

  query(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData[]> {
    return this.#withRunner((link) => link.query(sql, params, options));
  }

  queryOne(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData | null> {
    return this.#withRunner((link) => link.queryOne(sql, params, options));
  }

  async *stream(sql: string, params: readonly SqlValue[], options: CallOptions): AsyncGenerator<RowData> {
    const runner = this.#dataSource.createOwnQueryRunner();
    try {
      yield* new RunnerLink(this.#name, runner).stream(sql, params, options);
    } finally {
      runner.end();
    }
  }

  async begin({ readOnly }: BeginOptions): Promise<SqliteTransactionLink> {
    const runner = this.#dataSource.createOwnQueryRunner();
    runner.access = readOnly ? 'read' : 'write';
    try {
      await runner.startTransaction();
      return new SqliteTransactionLink(this.#name, runner);
    } catch (error) {
      runner.end();
      throw toDatabaseError(error, this.#name);
    }
  }

  async ping(): Promise<void> {
    await this.query('SELECT 1', [], {});
  }

  async close(): Promise<void> {
    if (this.#dataSource.isInitialized) await this.#dataSource.destroy();
  }

  async #withRunner<T>(work: (link: StatementLink) => Promise<T>): Promise<T> {
    const runner = this.#dataSource.createOwnQueryRunner();
    try {
      return await work(new RunnerLink(this.#name, runner));
    } finally {
      runner.end();
    }
  }
}

class RunnerLink implements StatementLink {
  readonly runner: SqliteQueryRunner;
  protected readonly name: string;

  constructor(name: string, runner: SqliteQueryRunner) {
    this.name = name;
    this.runner = runner;
  }

  async execute(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<number> {
    return (await this.#run(sql, params, options)).affected ?? 0;
  }

  async query(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData[]> {
    return (await this.#run(sql, params, options)).records as RowData[];
  }

  async queryOne(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData | null> {
    return ((await this.#run(sql, params, options, 1)).records as RowData[])[0] ?? null;
  }

  async *stream(sql: string, params: readonly SqlValue[], options: CallOptions): AsyncGenerator<RowData> {
    const { statementTimeoutMs } = this.runner.driver;
    try {
      const limit = () => new StatementLimit(options.timeoutMs ?? statementTimeoutMs, options.signal);
      yield* this.runner.rows(sql, params, limit) as AsyncGenerator<RowData>;
    } catch (error) {
      throw toDatabaseError(error, this.name);
    }
  }

  async #run(
    sql: string,
    params: readonly SqlValue[],
    { timeoutMs, signal, readOnly }: CallOptions,
    maxRows?: number,
  ): Promise<QueryResult> {
    const limit = new StatementLimit(timeoutMs ?? this.runner.driver.statementTimeoutMs, signal);
    try {
      return await this.runner.query(sql, [...params], true, {
        limit,
        countsChanges: true,
        ...(readOnly ? { readOnly } : {}),
        ...(maxRows === undefined ? {} : { maxRows }),
      });
    } catch (error) {
      throw toDatabaseError(error, this.name);
    }
  }
}

/** One transaction on one runner. */
export class SqliteTransactionLink extends RunnerLink implements TransactionLink {
  async commit(): Promise<void> {
    try {
      await this.runner.commitTransaction();
      this.runner.end();
    } catch (error) {
      throw toDatabaseError(error, this.name);
    }
  }

  async rollback(): Promise<void> {
    try {
      await this.runner.rollbackTransaction();
    } catch (error) {
      throw toDatabaseError(error, this.name);
    } finally {
      this.runner.end();
    }
  }

  abandon(): void {
    this.runner.interrupt();
  }
}

/** TypeORM's wrapper holds the parameters, which must not travel with the error: only the driver's error does. */
function toDatabaseError(error: unknown, name: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const driverError = error instanceof QueryFailedError ? error.driverError : error;
  if (driverError instanceof CannotExecuteNotConnectedError || isClosedConnection(driverError))
    return new DatabaseError('CLOSED', `database '${name}' is closed`, { cause: error });
  if (error instanceof QueryRunnerAlreadyReleasedError)
    return new DatabaseError('CLOSED', `database '${name}': ${error.message}`, { cause: error });
  if (driverError instanceof SqliteError) return queryError(driverError, name);
  return new DatabaseError(
    'QUERY',
    `database '${name}': ${driverError instanceof Error ? driverError.message : String(driverError)}`,
    { cause: driverError },
  );
}
