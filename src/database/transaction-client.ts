import { checkedCall } from './checked-call.js';
import { DatabaseError } from './database-error.js';
import { IdleWatch } from './idle-watch.js';
import type { RowData, StatementCall, TransactionLink } from './database-link.js';
import { DatabaseRow } from './database-row.js';
import type { IsolationLevel, QueryOptions, SqlValue, Transaction } from './database.js';
import { RowStream } from './row-stream.js';
import { nestSavepoint } from './nest-savepoint.js';
import { type PartedTransaction, TransactionPart } from './transaction-part.js';

export interface TransactionClientOptions {
  readonly database: string;
  readonly isolation?: IsolationLevel;
  readonly readOnly: boolean;
  readonly timeoutMs?: number;
  readonly idleTimeoutMs?: number;
}

type TransactionState =
  | { readonly kind: 'open' }
  | { readonly kind: 'ending'; readonly by: 'commit' | 'rollback' }
  | { readonly kind: 'ended'; readonly how: 'committed' | 'rolled back' }
  /** Rolled back against the caller's will. */
  | { readonly kind: 'lost'; readonly reason: DatabaseError };

/** A transaction over either link: its states, its time limits and the checks are the same in both worlds. */
export class TransactionClient implements Transaction, PartedTransaction {
  readonly isReadOnly: boolean;
  /** Undefined: the engine's own. */
  readonly isolation: IsolationLevel | undefined;
  /** All of it. */
  readonly whole: TransactionPart;
  readonly link: TransactionLink;
  readonly #database: string;
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #idle: IdleWatch;
  #state: TransactionState = { kind: 'open' };

  constructor(link: TransactionLink, options: TransactionClientOptions) {
    this.link = link;
    this.isReadOnly = options.readOnly;
    this.isolation = options.isolation;
    this.whole = new TransactionPart(options.database);
    this.#database = options.database;
    const { timeoutMs, idleTimeoutMs = 0 } = options;
    this.#idle = new IdleWatch(options.idleTimeoutMs, () =>
      this.#timeOut(`was idle longer than its idleTimeout of ${idleTimeoutMs} ms`, idleTimeoutMs),
    );
    if (timeoutMs !== undefined) {
      this.#timer = setTimeout(
        () => this.#timeOut(`was open longer than its timeout of ${timeoutMs} ms`, timeoutMs),
        timeoutMs,
      ).unref();
    }
    this.#idle.start();
  }

  get lost(): AbortSignal {
    return this.#stop.signal;
  }

  get isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  execute(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<number> {
    return this.run(sql, params, options, (link, ...call) => link.execute(...call));
  }

  async query<T extends object>(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<T[]> {
    return (await this.run(sql, params, options, (link, ...call) => link.query(...call))) as T[];
  }

  async queryOne<T extends object>(
    sql: string,
    params?: readonly SqlValue[],
    options?: QueryOptions,
  ): Promise<T | null> {
    return (await this.run(sql, params, options, (link, ...call) => link.queryOne(...call))) as T | null;
  }

  async queryRows(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<DatabaseRow[]> {
    return (await this.query<RowData>(sql, params, options)).map((row) => new DatabaseRow(row));
  }

  stream<T extends object>(sql: string, params?: readonly SqlValue[], options?: QueryOptions): RowStream<T> {
    return new RowStream<T>(this.#streamed(sql, params, options));
  }

  savepoint<T>(work: () => Promise<T>): Promise<T> {
    return nestSavepoint(this, work);
  }

  async commit(): Promise<void> {
    this.throwUnlessOpen();
    const { refusal } = this.whole;
    if (refusal) {
      await this.rollback();
      throw refusal;
    }
    this.#state = { kind: 'ending', by: 'commit' };
    try {
      await this.link.commit();
      this.#end({ kind: 'ended', how: 'committed' });
    } catch (error) {
      // The engine may have refused the commit only, as it does for a deferred foreign key.
      await this.link.rollback().catch(() => this.link.abandon());
      this.#end({ kind: 'ended', how: 'rolled back' });
      throw error;
    }
  }

  async rollback(): Promise<void> {
    this.throwUnlessOpen();
    this.#state = { kind: 'ending', by: 'rollback' };
    // If it cannot be done in order, the connection is given up, which rolls back too.
    await this.link.rollback().catch(() => this.link.abandon());
    this.#end({ kind: 'ended', how: 'rolled back' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isOpen) await this.rollback();
  }

  /** Runs `work`, then commits; rolls back and rejects when it rejects, or when time runs out meanwhile. */
  async complete<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await this.#whileInTime(work());
      const { kind } = this.#state;
      if (kind === 'lost') throw this.#state.reason;
      if (kind === 'open') await this.commit();
      return result;
    } catch (error) {
      if (this.isOpen) await this.rollback();
      throw error;
    }
  }

  /** One checked statement; every other method comes through here. */
  async run<R>(
    sql: string,
    params: readonly SqlValue[] | undefined,
    options: QueryOptions | undefined,
    call: StatementCall<Promise<R>>,
  ): Promise<R> {
    this.throwUnlessOpen();
    const checked = checkedCall(sql, params, options);
    try {
      return await this.#idle.during(() => call(this.link, checked.sql, checked.params, checked.options));
    } catch (error) {
      throw this.#lossOf(error);
    }
  }

  async *#streamed(
    sql: string,
    params: readonly SqlValue[] | undefined,
    options: QueryOptions | undefined,
  ): AsyncGenerator<RowData> {
    this.throwUnlessOpen();
    const checked = checkedCall(sql, params, options);
    this.#idle.enter();
    try {
      yield* this.link.stream(checked.sql, checked.params, checked.options);
    } catch (error) {
      throw this.#lossOf(error);
    } finally {
      this.#idle.leave();
    }
  }

  /** A statement that was ended, or whose connection is gone, takes its transaction with it. */
  #lossOf(error: unknown): unknown {
    if (this.#state.kind === 'lost') return this.#state.reason;
    if (
      !(error instanceof DatabaseError) ||
      !['TIMEOUT', 'ABORTED', 'CONNECTION', 'CLOSED', 'OUTCOME_UNKNOWN'].includes(error.code)
    )
      return error;
    if (this.isOpen) this.#lose(error);
    return error;
  }

  #timeOut(what: string, timeoutMs: number): void {
    if (!this.isOpen) return;
    const message = `database '${this.#database}': the transaction ${what} and was rolled back`;
    this.#lose(new DatabaseError('TIMEOUT', message, { retryable: true, details: { timeoutMs } }));
  }

  #lose(reason: DatabaseError): void {
    this.#end({ kind: 'lost', reason });
    this.link.abandon();
    this.#stop.abort(reason);
  }

  #end(state: TransactionState): void {
    this.#state = state;
    clearTimeout(this.#timer);
    this.#idle.stop();
  }

  async #whileInTime<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    const lost = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as DatabaseError), { once: true });
    });
    return Promise.race([work, lost]);
  }

  throwUnlessOpen(): void {
    const state = this.#state;
    if (state.kind === 'open') return;
    const lost = state.kind === 'lost' ? state.reason : undefined;
    const how = lost
      ? `was rolled back: ${lost.message}`
      : state.kind === 'ending'
        ? `is ending by ${state.by}`
        : `is ${(state as { how: string }).how}`;
    throw new DatabaseError(
      'TRANSACTION',
      `database '${this.#database}': the transaction ${how}; it takes no more calls`,
      { cause: lost },
    );
  }
}
