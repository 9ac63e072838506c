import { PyWattError } from '../foundation/index.js';
import type { ServiceConnection } from '../wire/index.js';
import { DatabaseClient } from './database-client.js';
import { type DatabaseOperation, databaseCalls, type ParamsOf, type ResultOf } from './database-calls.js';
import { DatabaseError, databaseErrorFrom } from './database-error.js';
import type { BeginOptions, CallOptions, DatabaseLink, RowData, TransactionLink } from './database-link.js';
import type { Database, SqlValue } from './database.js';

/** The timeout of a statement that names none, the same as direct. */
const defaultTimeoutMs = 30_000;
/** The broker gives up first, so that its answer still arrives. */
const answerGraceMs = 2_000;
const rowsAtOnce = 100;

/**
 * The orchestrator's database called `name`, over a connection that the session opened for it. Owns the connection:
 * `close` ends it, and with it every transaction that is still open.
 */
export class ProxiedDatabase extends DatabaseClient {
  /** What the orchestrator says it is, such as `sqlite ./data.db`. */
  readonly description: string;

  constructor(name: string, connection: ServiceConnection) {
    super(name, new WireDatabaseLink(new DatabaseCaller(name, connection)));
    const { description } = connection.info;
    this.description = typeof description === 'string' ? description : 'held by the orchestrator';
  }
}

/** Calls by the table. */
class DatabaseCaller {
  readonly name: string;
  readonly connection: ServiceConnection;

  constructor(name: string, connection: ServiceConnection) {
    this.name = name;
    this.connection = connection;
  }

  async call<O extends DatabaseOperation>(
    operation: O,
    params: ParamsOf<O>,
    { timeoutMs, signal }: CallOptions = {},
  ): Promise<ResultOf<O>> {
    const codec = databaseCalls[operation] as unknown as {
      params: { encode(value: ParamsOf<O>, typed: boolean): never };
      result: { decode(json: unknown): ResultOf<O> };
    };
    const { connection } = this;
    try {
      if (signal?.aborted) throw signal.reason;
      const waitMs = (timeoutMs ?? defaultTimeoutMs) + answerGraceMs;
      const json = await connection.call(operation, codec.params.encode(params, connection.typedValues), {
        timeoutMs: waitMs,
        ...(signal === undefined ? {} : { signal }),
      });
      return codec.result.decode(json);
    } catch (error) {
      if (signal?.aborted && error === signal.reason)
        throw new DatabaseError('ABORTED', 'the statement was ended by its AbortSignal', { cause: error });
      throw databaseErrorFrom(error, this.name);
    }
  }
}

class WireDatabaseLink implements DatabaseLink {
  readonly #caller: DatabaseCaller;

  constructor(caller: DatabaseCaller) {
    this.#caller = caller;
  }

  get type(): Database['type'] {
    const { type } = this.#caller.connection.info;
    if (type === 'postgres' || type === 'mysql' || type === 'sqlite') return type;
    throw new DatabaseError(
      'CONFIGURATION',
      `the orchestrator did not tell which engine database '${this.#caller.name}' is`,
    );
  }

  get isSingleConnection(): boolean {
    return this.#caller.connection.info['singleConnection'] === true;
  }

  get isSingleWriter(): boolean {
    return this.#caller.connection.info['singleWriter'] === true;
  }

  execute(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<number> {
    return this.#caller.call('execute', { sql, params, ...options }, options);
  }

  query(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData[]> {
    return this.#caller.call('query', { sql, params, ...options }, options);
  }

  queryOne(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData | null> {
    return this.#caller.call('query_one', { sql, params, ...options }, options);
  }

  stream(sql: string, params: readonly SqlValue[], options: CallOptions): AsyncGenerator<RowData> {
    return streamOf(this.#caller, { sql, params, ...options }, options);
  }

  async begin(options: BeginOptions): Promise<TransactionLink> {
    return new WireTransactionLink(this.#caller, await this.#caller.call('begin_transaction', options));
  }

  ping(): Promise<void> {
    return this.#caller.call('ping', {});
  }

  close(): Promise<void> {
    return this.#caller.connection.close();
  }
}

class WireTransactionLink implements TransactionLink {
  readonly #caller: DatabaseCaller;
  readonly #transactionId: string;

  constructor(caller: DatabaseCaller, transactionId: string) {
    this.#caller = caller;
    this.#transactionId = transactionId;
  }

  execute(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<number> {
    return this.#caller.call(
      'transaction_execute',
      { transactionId: this.#transactionId, sql, params, ...options },
      options,
    );
  }

  query(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData[]> {
    return this.#caller.call(
      'transaction_query',
      { transactionId: this.#transactionId, sql, params, ...options },
      options,
    );
  }

  queryOne(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData | null> {
    return this.#caller.call(
      'transaction_query_one',
      { transactionId: this.#transactionId, sql, params, ...options },
      options,
    );
  }

  stream(sql: string, params: readonly SqlValue[], options: CallOptions): AsyncGenerator<RowData> {
    return streamOf(this.#caller, { transactionId: this.#transactionId, sql, params, ...options }, options);
  }

  async commit(): Promise<void> {
    try {
      await this.#caller.call('transaction_commit', { transactionId: this.#transactionId });
    } catch (error) {
      if (!isLostAnswer(error)) throw error;
      const message = `database '${this.#caller.name}': the answer to the commit was lost; the transaction may or may not be stored`;
      throw new DatabaseError('OUTCOME_UNKNOWN', message, { cause: error });
    }
  }

  async rollback(): Promise<void> {
    await this.#caller.call('transaction_rollback', { transactionId: this.#transactionId });
  }

  abandon(): void {
    // When it cannot be told, the broker rolls back at the end of the connection.
    this.rollback().catch(() => undefined);
  }
}

/** Rows page by page; the next page is asked for when the reader has come to the end of one. */
async function* streamOf(
  caller: DatabaseCaller,
  statement: ParamsOf<'stream_open'>,
  options: CallOptions,
): AsyncGenerator<RowData> {
  const streamId = await caller.call('stream_open', statement, options);
  let isOpen = true;
  try {
    while (isOpen) {
      const { rows, isLast } = await caller.call('stream_fetch', { streamId, count: rowsAtOnce }, options);
      isOpen = !isLast;
      yield* rows;
    }
  } finally {
    if (isOpen) await caller.call('stream_close', { streamId }).catch(() => undefined);
  }
}

function isLostAnswer(error: unknown): boolean {
  const cause = (error as Error).cause;
  return (
    PyWattError.is(cause) &&
    cause.family === 'wire' &&
    (cause.code === 'CHANNEL_CLOSED' || cause.code === 'CALL_TIMEOUT')
  );
}
