import type { ServiceConnection } from '../wire/index.js';
import { DatabaseCaller, isLostAnswer } from './database-caller.js';
import { DatabaseClient } from './database-client.js';
import { DatabaseError, outcomeUnknown } from './database-error.js';
import type { BeginOptions, CallOptions, DatabaseLink, RowData, TransactionLink } from './database-link.js';
import type { Database, SqlValue } from './database.js';
import { rowsOf } from './row-pages.js';

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
    return rowsOf(this.#caller, { sql, params, ...options }, options);
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
    return rowsOf(this.#caller, { transactionId: this.#transactionId, sql, params, ...options }, options);
  }

  async commit(): Promise<void> {
    try {
      await this.#caller.call('transaction_commit', { transactionId: this.#transactionId });
    } catch (error) {
      throw isLostAnswer(error) ? outcomeUnknown(error, 'commit') : error;
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
