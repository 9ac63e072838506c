import { type InjectDecorator, injectKey, resourceToken, type Token } from '../container/index.js';
import type { Duration } from '../foundation/index.js';
import type { DatabaseRow } from './database-row.js';

/**
 * What may stand as a parameter. A boolean is stored as 1 or 0, a Date as UTC text `YYYY-MM-DD HH:MM:SS.SSS`, bytes as
 * a blob, any other object or array as JSON text. Checked at run time: undefined, NaN, an infinity, a function, a
 * symbol, an integer beyond 64 bits or an object that JSON cannot hold is refused with SERIALIZATION, naming its position.
 */
export type SqlValue = null | boolean | number | bigint | string | Uint8Array | Date | object;

export interface QueryOptions {
  /** How long the whole call may take, waiting included; then TIMEOUT, and nothing of it is kept. Default 30 s. */
  readonly timeout?: Duration | undefined;
  /** Ends the call with ABORTED. Inside a transaction a call that was ended rolls the transaction back. */
  readonly signal?: AbortSignal | undefined;
  /** Refuses a statement that could change anything, with QUERY and driverCode SQLITE_READONLY. Default false. */
  readonly readOnly?: boolean | undefined;
}

export const isolationLevels = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;

/**
 * Default: what the server has by default. SQLite knows `serializable` only; a weaker level is given the stronger one, as
 * the SQL standard allows.
 */
export type IsolationLevel = (typeof isolationLevels)[number];

export interface TransactionOptions {
  readonly isolation?: IsolationLevel | undefined;
  /** A steady view of the data that cannot change it; never waits for a writer. Default false. */
  readonly readOnly?: boolean | undefined;
  /** How long it may stay open; then it is rolled back and what runs in it fails with TIMEOUT. Default: no limit. */
  readonly timeout?: Duration | undefined;
  /** How long it may stay open with no statement running; then it is rolled back. Default: no limit. */
  readonly idleTimeout?: Duration | undefined;
}

/** What a database and a transaction have in common. Rows are plain objects by column name, blobs are Buffers. */
export interface SqlRunner {
  /** All rows. An integer beyond 2^53 - 1 comes as a bigint, every other as a number. */
  query<T extends object>(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<T[]>;
  /** The first row or null. */
  queryOne<T extends object>(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<T | null>;
  /** All rows, with typed access to their columns. */
  queryRows(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<DatabaseRow[]>;
  /** How many rows were changed; 0 for a statement that changes none. */
  execute(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<number>;
  /**
   * Rows as they are asked for, by a cursor of the server, in constant memory. Ending the iteration early closes the
   * cursor; so does leaving it alone for five minutes. `timeout` is how long one row may be waited for.
   */
  stream<T extends object>(sql: string, params?: readonly SqlValue[], options?: QueryOptions): AsyncIterable<T>;
}

/**
 * A database, the same whether this process holds it or the orchestrator does. Every method rejects with a
 * `DatabaseError`: QUERY with the engine's code, TIMEOUT, ABORTED, POOL (no connection came free), CONNECTION, CLOSED,
 * SERIALIZATION, TRANSACTION and, when the answer to a commit was lost, OUTCOME_UNKNOWN. A malformed duration
 * rejects with a `ValueError`.
 *
 * Inside `transaction(work)` use the transaction it hands you. The outer database still reads, outside the transaction,
 * from a file; a write there, and any call when there is only one connection (`:memory:`), is refused at once with
 * TRANSACTION, because it would wait for the very transaction it stands in.
 */
export interface Database extends SqlRunner {
  readonly type: 'postgres' | 'mysql' | 'sqlite';
  /** Commits when `work` resolves, rolls back when it rejects, and settles as it does. */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** A transaction the caller ends: with commit, rollback, or by disposing it. */
  beginTransaction(options?: TransactionOptions): Promise<Transaction>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** Refuses new calls with CLOSED, waits a while for those that run, then ends. Idempotent. */
  close(): Promise<void>;
}

/** Statements that take effect together or not at all. Once it has ended, every call is refused with TRANSACTION. */
export interface Transaction extends SqlRunner, AsyncDisposable {
  /**
   * Runs `work`, which uses this transaction, and settles as it does. When it rejects, what it did is taken back and the
   * transaction goes on. May be nested; those begun side by side run one after another.
   */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
  /** OUTCOME_UNKNOWN when nobody can tell whether it took effect; any other error means it did not. */
  commit(): Promise<void>;
  /** Never fails but with TRANSACTION: nothing is kept, even when the connection is lost. */
  rollback(): Promise<void>;
  /** Rolls back unless it has ended. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The token of the database called `name` in the configuration. */
export function databaseToken(name = 'default'): Token<Database> {
  return resourceToken<Database>({ kind: 'database', name });
}

/** Injects the database called `name`. */
export function InjectDatabase(name = 'default'): InjectDecorator {
  return injectKey('@InjectDatabase', databaseToken(name));
}
