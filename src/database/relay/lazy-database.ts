import { checkParameters } from '../sql-values.js';
import type { DatabaseRow } from '../database-row.js';
import { DatabaseError } from '../database-error.js';
import type { Database, QueryOptions, SqlValue, Transaction, TransactionOptions } from '../database.js';
import type { RowData } from '../database-link.js';
import type { TransactionalRun } from '../propagation.js';
import type { DirectDatabase } from '../direct-database.js';
import { RowStream } from '../row-stream.js';

export interface LazyDatabaseOptions {
  readonly name: string;
  readonly type: Database['type'];
  readonly open: () => Promise<DirectDatabase>;
  /** Closes what `open` uses, after what it opened. */
  readonly closeConnection: () => Promise<void>;
}

/** A database that opens, and loads what it needs for that, when it is first used. An opening that failed is tried again. */
export class LazyDatabase implements Database {
  readonly name: string;
  readonly type: Database['type'];
  readonly #options: LazyDatabaseOptions;
  #opened: Promise<DirectDatabase> | undefined;
  #ready: DirectDatabase | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: LazyDatabaseOptions) {
    this.name = options.name;
    this.type = options.type;
    this.#options = options;
  }

  async execute(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<number> {
    return this.#call(params, (database, given) => database.execute(sql, given, options));
  }

  async query<T extends object>(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<T[]> {
    return this.#call(params, (database, given) => database.query<T>(sql, given, options));
  }

  async queryOne<T extends object>(
    sql: string,
    params?: readonly SqlValue[],
    options?: QueryOptions,
  ): Promise<T | null> {
    return this.#call(params, (database, given) => database.queryOne<T>(sql, given, options));
  }

  async queryRows(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<DatabaseRow[]> {
    return this.#call(params, (database, given) => database.queryRows(sql, given, options));
  }

  stream<T extends object>(sql: string, params?: readonly SqlValue[], options?: QueryOptions): AsyncIterable<T> {
    return new RowStream<T>(this.#streamed(sql, params, options));
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return (await this.#open()).transaction(work, options);
  }

  async beginTransaction(options?: TransactionOptions): Promise<Transaction> {
    return (await this.#open()).beginTransaction(options);
  }

  /** What `@Transactional` does. */
  async transactional<T>(work: () => Promise<T>, options?: TransactionalRun): Promise<T> {
    return (await this.#open()).transactional(work, options);
  }

  async ping(): Promise<void> {
    return (await this.#open()).ping();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async *#streamed(...call: Parameters<Database['stream']>): AsyncGenerator<RowData> {
    yield* (await this.#open()).stream<RowData>(...call);
  }

  /** Parameters are taken as they are now, not as they may be once it is open. */
  async #call<T>(
    params: readonly SqlValue[] | undefined,
    call: (database: DirectDatabase, params: readonly SqlValue[] | undefined) => Promise<T>,
  ): Promise<T> {
    if (this.#ready && !this.#closing) return call(this.#ready, params);
    const given = checkParameters(params);
    return call(await this.#open(), given);
  }

  async #close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    try {
      await opened?.close();
    } finally {
      await this.#options.closeConnection();
    }
  }

  async #open(): Promise<DirectDatabase> {
    if (this.#closing) throw new DatabaseError('CLOSED', `database '${this.name}' is closed`);
    const opened = this.#opened ?? this.#options.open();
    this.#opened = opened;
    opened.then(
      (database) => (this.#ready = database),
      () => {
        if (this.#opened === opened) this.#opened = undefined;
      },
    );
    return opened;
  }
}
