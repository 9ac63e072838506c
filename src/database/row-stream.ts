import { DatabaseError } from './database-error.js';
import type { RowData } from './database-link.js';

/** How long a reader may leave a stream alone before the connection under it is taken back. */
const idleMs = 5 * 60_000;

const abandoned = new FinalizationRegistry<AsyncGenerator<RowData>>(
  (rows) => void rows.return(undefined).catch(() => undefined),
);

/** Rows as they are asked for. Ending the iteration early, dropping it or leaving it alone for five minutes closes the cursor. */
export class RowStream<T extends object> implements AsyncIterableIterator<T> {
  readonly #rows: AsyncGenerator<RowData>;
  #timer: NodeJS.Timeout | undefined;
  #failure: DatabaseError | undefined;

  constructor(rows: AsyncGenerator<RowData>) {
    this.#rows = rows;
    abandoned.register(this, rows, this);
  }

  async next(): Promise<IteratorResult<T>> {
    clearTimeout(this.#timer);
    if (this.#failure) throw this.#failure;
    const next = await this.#rows.next();
    if (next.done) abandoned.unregister(this);
    else this.#watch();
    return next as IteratorResult<T>;
  }

  async return(): Promise<IteratorResult<T>> {
    clearTimeout(this.#timer);
    abandoned.unregister(this);
    await this.#rows.return(undefined);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The timer knows the rows and not the stream, which could never be collected otherwise. */
  #watch(): void {
    const stream = new WeakRef(this);
    const rows = this.#rows;
    this.#timer = setTimeout(() => {
      const message = `nobody read the next row within ${idleMs} ms; the stream was closed`;
      stream.deref()?.fail(new DatabaseError('TIMEOUT', message, { details: { timeoutMs: idleMs } }));
      void rows.return(undefined).catch(() => undefined);
    }, idleMs).unref();
  }

  /** @internal */
  fail(error: DatabaseError): void {
    this.#failure = error;
  }
}
