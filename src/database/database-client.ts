import { checkedCall, timerMs } from './checked-call.js';
import { DatabaseError } from './database-error.js';
import type { BeginOptions, DatabaseLink, RowData, StatementCall } from './database-link.js';
import { DatabaseRow } from './database-row.js';
import {
  type Database,
  isolationLevels,
  type QueryOptions,
  type SqlValue,
  type Transaction,
  type TransactionOptions,
} from './database.js';
import { RowStream } from './row-stream.js';
import { TransactionClient } from './transaction-client.js';
import { runAfterCommit } from './after-commit.js';
import { joined, outsideError, placeOf, requiresNewError, type TransactionalRun } from './propagation.js';
import { retriedConflict } from './retried-conflict.js';
import { type Standing, TransactionScope } from './transaction-scope.js';

/** The Database port over either link: checks, transactions and the rules inside them are the same in both worlds. */
export class DatabaseClient implements Database {
  readonly name: string;
  readonly #link: DatabaseLink;
  readonly #scope = new TransactionScope<TransactionClient>();
  #closing: Promise<void> | undefined;

  constructor(name: string, link: DatabaseLink) {
    this.name = name;
    this.#link = link;
  }

  get type(): Database['type'] {
    return this.#link.type;
  }

  get isSingleConnection(): boolean {
    return this.#link.isSingleConnection;
  }

  get isSingleWriter(): boolean {
    return this.#link.isSingleWriter;
  }

  execute(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<number> {
    return this.#run(sql, params, options, (link, ...call) => link.execute(...call));
  }

  async query<T extends object>(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<T[]> {
    return (await this.#run(sql, params, options, (link, ...call) => link.query(...call))) as T[];
  }

  async queryOne<T extends object>(
    sql: string,
    params?: readonly SqlValue[],
    options?: QueryOptions,
  ): Promise<T | null> {
    return (await this.#run(sql, params, options, (link, ...call) => link.queryOne(...call))) as T | null;
  }

  async queryRows(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<DatabaseRow[]> {
    return (await this.query<RowData>(sql, params, options)).map((row) => new DatabaseRow(row));
  }

  stream<T extends object>(sql: string, params?: readonly SqlValue[], options?: QueryOptions): RowStream<T> {
    return new RowStream<T>(this.#streamed(sql, params, options));
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T> {
    const { standing } = this;
    if (standing.kind === 'joined') return joined(standing, () => work(standing.transaction));
    const transaction = await this.#begin(options, standing);
    return transaction.complete(() => this.#scope.run(transaction, undefined, () => work(transaction)));
  }

  async beginTransaction(options?: TransactionOptions): Promise<Transaction> {
    const { standing } = this;
    if (standing.kind !== 'joined') return this.#begin(options, standing);
    throw new DatabaseError(
      'TRANSACTION',
      `database '${this.name}': beginTransaction() inside a @Transactional method; use transaction(work), which joins it`,
    );
  }

  async ping(): Promise<void> {
    this.#throwIfClosed();
    if (this.standing.kind === 'outside' && this.#link.isSingleConnection)
      throw this.outsideError('has only one connection');
    await this.#link.ping();
  }

  close(): Promise<void> {
    this.#closing ??= this.#link.close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Runs `work` in a transaction that every call on this database joins, from wherever it is made. */
  async transactional<T>(work: () => Promise<T>, options: TransactionalRun = {}): Promise<T> {
    const { standing } = this;
    const place = placeOf(options, standing, this);
    if (place === 'none') return work();
    if (standing.kind === 'joined' && place !== 'own') {
      const { transaction, part } = standing;
      if (place === 'joined') return joined(standing, work);
      return part.nest(transaction, (nested) => this.#scope.run(transaction, nested, work));
    }
    // A part of something larger cannot tell whether that would be run again.
    return retriedConflict(() => this.#inOwn(work, options), standing.kind === 'free' ? (options.retry ?? 0) : 0);
  }

  async #inOwn<T>(work: () => Promise<T>, options: TransactionalRun): Promise<T> {
    const { isolation, readOnly, timeout } = options;
    const transaction = await this.#begin({ isolation, readOnly, timeout }, this.standing);
    const { whole } = transaction;
    const result = await transaction.complete(() => this.#scope.run(transaction, whole, work));
    await runAfterCommit(whole, options.logger);
    return result;
  }

  protected get standing(): Standing<TransactionClient> {
    return this.#scope.standing;
  }

  async #run<R>(
    sql: string,
    params: readonly SqlValue[] | undefined,
    options: QueryOptions | undefined,
    call: StatementCall<Promise<R>>,
  ): Promise<R> {
    this.#throwIfClosed();
    const { standing } = this;
    if (standing.kind === 'joined') return standing.transaction.run(sql, params, options, call);
    const checked = checkedCall(sql, params, options);
    if (standing.kind === 'free') return call(this.#link, checked.sql, checked.params, checked.options);
    if (this.#link.isSingleConnection) throw this.outsideError('has only one connection');
    if (!standing.holdsWriter || !this.#link.isSingleWriter)
      return call(this.#link, checked.sql, checked.params, checked.options);
    try {
      return await call(this.#link, checked.sql, checked.params, { ...checked.options, readOnly: true });
    } catch (error) {
      throw isWriteRefused(error) && !checked.options.readOnly
        ? this.outsideError('has one writer at a time', error)
        : error;
    }
  }

  async *#streamed(
    sql: string,
    params: readonly SqlValue[] | undefined,
    options: QueryOptions | undefined,
  ): AsyncGenerator<RowData> {
    this.#throwIfClosed();
    const { standing } = this;
    if (standing.kind === 'joined') return yield* standing.transaction.stream<RowData>(sql, params, options);
    const checked = checkedCall(sql, params, options);
    if (standing.kind === 'outside' && this.#link.isSingleConnection)
      throw this.outsideError('has only one connection');
    const isReader = standing.kind === 'outside' && this.#link.isSingleWriter && !standing.transaction.isReadOnly;
    yield* this.#link.stream(
      checked.sql,
      checked.params,
      isReader ? { ...checked.options, readOnly: true } : checked.options,
    );
  }

  async #begin(options: TransactionOptions = {}, standing: Standing<TransactionClient>): Promise<TransactionClient> {
    this.#throwIfClosed();
    const begin = checkTransactionOptions(options);
    if (standing.kind !== 'free') {
      const refused = standing.kind === 'joined' ? requiresNewError : outsideError;
      if (this.#link.isSingleConnection) throw refused(this.name, 'has only one connection');
      if (this.#link.isSingleWriter && !begin.readOnly && standing.holdsWriter)
        throw refused(this.name, 'has one writer at a time');
    }
    return new TransactionClient(await this.#link.begin(begin), { database: this.name, ...begin });
  }

  protected outsideError(why: string, cause?: unknown): DatabaseError {
    return outsideError(this.name, why, cause);
  }

  #throwIfClosed(): void {
    if (this.#closing) throw new DatabaseError('CLOSED', `database '${this.name}' is closed`);
  }
}

export function isWriteRefused(error: unknown): boolean {
  return error instanceof DatabaseError && error.details['driverCode'] === 'SQLITE_READONLY';
}

function checkTransactionOptions({ isolation, readOnly, timeout, idleTimeout }: TransactionOptions): BeginOptions {
  if (isolation !== undefined && !isolationLevels.includes(isolation)) {
    throw new DatabaseError(
      'CONFIGURATION',
      `there is no isolation level ${JSON.stringify(isolation)}; there are ${isolationLevels.join(', ')}`,
    );
  }
  return {
    readOnly: readOnly ?? false,
    ...(isolation === undefined ? {} : { isolation }),
    ...(timeout === undefined ? {} : { timeoutMs: timerMs(timeout, 'timeout') }),
    ...(idleTimeout === undefined ? {} : { idleTimeoutMs: timerMs(idleTimeout, 'idleTimeout') }),
  };
}
