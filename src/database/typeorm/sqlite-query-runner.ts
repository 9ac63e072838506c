import { type ObjectLiteral, QueryFailedError, QueryResult } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { CannotExecuteNotConnectedError } from 'typeorm/error/CannotExecuteNotConnectedError.js';
import { NamedPlaceholdersNotSupportedError } from 'typeorm/error/NamedPlaceholdersNotSupportedError.js';
import { QueryRunnerAlreadyReleasedError } from 'typeorm/error/QueryRunnerAlreadyReleasedError.js';
import { BroadcasterResult } from 'typeorm/subscriber/BroadcasterResult.js';
import { DatabaseError } from '../database-error.js';
import { bindValue, readRounded, readValue } from '../sqlite/bound-values.js';
import { boundByPlace } from '../sqlite/named-parameters.js';
import { closedConnectionError, driverErrorOf, SqliteError } from '../sqlite/sqlite-error.js';
import { busyTimeoutIn } from '../sqlite/statement-kind.js';
import type { SqliteSessions, StatementSession } from '../sqlite/sqlite-sessions.js';
import type { StatementResult } from '../sqlite/worker-messages.js';
import { StatementLimit } from '../statement-limit.js';

export interface StatementOptions {
  readonly limit?: StatementLimit;
  readonly readOnly?: boolean;
  readonly maxRows?: number;
  /** `affected` of a statement that gives rows, too, which TypeORM's own runner leaves out. */
  readonly countsChanges?: boolean;
}

/** What a runner needs of the driver that made it. */
export interface RunnerHost extends BetterSqlite3Driver {
  readonly sessions: SqliteSessions;
  readonly statementTimeoutMs: number;
  readonly roundsIntegers: boolean;
  /** Whether the runner belongs to the transaction that the caller stands in. */
  isJoined(runner: SqliteQueryRunner): boolean;
}

type Parameters = unknown[] | ObjectLiteral;

/** What TypeORM's own better-sqlite3 runner does, over a session of ours: each runner has its own transaction. */
export class SqliteQueryRunner extends BetterSqlite3QueryRunner {
  declare driver: RunnerHost;
  readonly #session: StatementSession;
  readonly #refusal: DatabaseError | undefined;
  /** TypeORM's `readonly`: writes fail with the engine's error. */
  readonly #isReadonly: boolean;
  /** A statement, as a migration's own `COMMIT`, has ended the transaction that TypeORM still counts. */
  #hasEnded = false;
  /** How the next transaction begins. */
  access: 'read' | 'write' = 'write';

  /** With a `refusal` the runner only reads, and throws it instead of writing. */
  constructor(driver: RunnerHost, refusal?: DatabaseError) {
    super(driver);
    const { timeout, readonly = false } = driver.options;
    this.#session = driver.sessions.createSession();
    this.#session.busyTimeoutMs = timeout;
    this.#isReadonly = readonly;
    this.#refusal = refusal;
  }

  override query(
    query: string,
    parameters: Parameters | undefined,
    useStructuredResult: true,
    options?: StatementOptions,
  ): Promise<QueryResult>;
  override query(
    query: string,
    parameters?: Parameters,
    useStructuredResult?: boolean,
    options?: StatementOptions,
  ): Promise<unknown>;
  override async query(
    query: string,
    parameters: Parameters = [],
    useStructuredResult = false,
    options: StatementOptions = {},
  ): Promise<unknown> {
    if (this.isReleased) throw new QueryRunnerAlreadyReleasedError();
    if (this.driver.databaseConnection === undefined) throw new CannotExecuteNotConnectedError();
    if (!Array.isArray(parameters)) throw new NamedPlaceholdersNotSupportedError();
    const { logger } = this.dataSource;
    const params = (parameters as unknown[]).map((value) => (typeof value === 'boolean' ? Number(value) : value));
    const broadcasted = new BroadcasterResult();
    logger.logQuery(query, params, this);
    await this.broadcaster.broadcast('BeforeQuery', query, params);
    const start = Date.now();
    try {
      const answer = await this.#run(query, params, options);
      const result = this.#toQueryResult(answer);
      if (!answer.hasRows || options.countsChanges) result.affected = answer.changes;
      const elapsedMs = Date.now() - start;
      const { maxQueryExecutionTime } = this.driver.options;
      if (maxQueryExecutionTime && elapsedMs > maxQueryExecutionTime)
        logger.logQuerySlow(elapsedMs, query, params, this);
      this.broadcaster.broadcastAfterQueryEvent(broadcasted, query, params, true, elapsedMs, result.raw, undefined);
      return useStructuredResult ? result : result.raw;
    } catch (error) {
      const failure = error instanceof SqliteError ? driverErrorOf(error) : error;
      logger.logQueryError(failure as Error, query, params, this);
      this.broadcaster.broadcastAfterQueryEvent(broadcasted, query, params, false, undefined, undefined, failure);
      if (!(error instanceof SqliteError)) throw error;
      throw this.#refusal && error.code === 'SQLITE_READONLY'
        ? this.#refusal
        : new QueryFailedError(query, params, failure as Error);
    } finally {
      await broadcasted.wait();
    }
  }

  /** Rows page by page; TypeORM itself has no streams on SQLite. */
  async *rows(query: string, params: readonly unknown[], limit: () => StatementLimit): AsyncGenerator<object> {
    const statement = { sql: query, params: params.map(bindValue) };
    for await (const page of this.#session.stream(statement, limit))
      yield* this.#toQueryResult(page).records as object[];
  }

  override async beforeMigration(): Promise<void> {
    await this.#setForeignKeys('OFF');
  }

  override async afterMigration(): Promise<void> {
    await this.#setForeignKeys('ON');
  }

  async #setForeignKeys(mode: 'ON' | 'OFF'): Promise<void> {
    await this.#run(`PRAGMA foreign_keys = ${mode}`, [], { readOnly: this.#refusal !== undefined });
  }

  /** A runner that belongs to a transaction of ours is ended by that transaction, not by whoever joined it. */
  override async release(): Promise<void> {
    await super.release();
    if (!this.driver.isJoined(this)) this.end();
  }

  /** Gives back what the session holds, rolling back what is open. */
  end(): void {
    this.isReleased = true;
    this.#session.release();
  }

  /** Rolls back without waiting, ending what runs. */
  interrupt(): void {
    this.#session.interrupt();
    this.end();
  }

  protected override async loadPragmaRecords(tablePath: string, pragma: string): Promise<unknown> {
    const [database, table] = this.splitTablePath(tablePath);
    return this.#toQueryResult(await this.#run(`PRAGMA ${database ? `"${database}".` : ''}${pragma}("${table}")`)).raw;
  }

  /** Without the logger and the subscribers, who are told of what goes through `query`. */
  async #run(query: string, params: readonly unknown[] = [], options: StatementOptions = {}): Promise<StatementResult> {
    if (!this.dataSource.isInitialized) throw closedConnectionError();
    if (typeof query !== 'string')
      throw new SqliteError({ name: 'TypeError', message: 'Expected first argument to be a string' });
    const limit = options.limit ?? new StatementLimit(this.driver.statementTimeoutMs);
    const isOver = this.transactionDepth > 0 && !this.#session.inTransaction;
    // TypeORM's word for every transaction it starts; SQLite would defer the lock to the first write, which then may fail.
    if (query === 'BEGIN TRANSACTION' || (isOver && this.#hasEnded && /^\s*begin\b/i.test(query))) {
      if (this.#refusal && this.access === 'write') throw this.#refusal;
      await this.#session.begin(this.#isReadonly ? 'read' : this.access, limit);
      this.#hasEnded = false;
      return { columns: [], rows: [], hasRows: false, changes: 0, lastInsertRowid: 0 };
    }
    if (isOver && !this.#hasEnded) {
      throw new DatabaseError(
        'TRANSACTION',
        'the transaction was ended by one of its statements, and what it had done is rolled back',
      );
    }
    const busyTimeoutMs = busyTimeoutIn(query);
    if (typeof busyTimeoutMs === 'number') this.#session.busyTimeoutMs = busyTimeoutMs;
    const { readOnly = this.#isReadonly || this.#refusal !== undefined, maxRows } = options;
    const bound = boundByPlace(query, params);
    const result = await this.#session.run({
      sql: typeof busyTimeoutMs === 'number' ? 'PRAGMA busy_timeout' : bound.sql,
      params: bound.params.map(bindValue),
      limit,
      readOnly,
      ...(maxRows === undefined ? {} : { maxRows }),
    });
    this.#hasEnded = this.transactionDepth > 0 && !this.#session.inTransaction;
    return result;
  }

  #toQueryResult({ columns, rows, hasRows, lastInsertRowid }: StatementResult): QueryResult {
    const read = this.driver.roundsIntegers ? readRounded : readValue;
    const result = new QueryResult();
    if (hasRows) {
      result.records = Array.from(
        rows,
        (row) => Object.fromEntries(row.map((value, index) => [columns[index], read(value)])) as object,
      );
      result.raw = result.records;
    } else {
      result.raw = read(lastInsertRowid);
    }
    return result;
  }
}
