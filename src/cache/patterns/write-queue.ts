import { Backoff, Deferred, settlesWithin, sleep, untilAborted } from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';

export interface WriteQueueOptions<V> {
  readonly write: (entries: ReadonlyMap<string, V>, options: { readonly signal: AbortSignal }) => Promise<unknown>;
  /** Told of what was given up. Must not throw. */
  readonly lost: (entries: ReadonlyMap<string, V>, error: unknown) => Promise<void>;
  readonly maxEntries: number;
  readonly waitMs: number;
  readonly batch: number;
  readonly delayMs: number;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly closeTimeoutMs: number;
}

/**
 * The queue of a `WriteBehind`: bounded, in the order of the first write of each key, of which only the last value waits.
 * One batch is written at a time, so that values of one key arrive in order.
 */
export class WriteQueue<V> {
  readonly #options: WriteQueueOptions<V>;
  readonly #waiting = new Map<string, V>();
  /** Being written now. */
  readonly #batch = new Map<string, V>();
  readonly #ended = new AbortController();
  #attempt: AbortController | undefined;
  #running: Promise<void> | undefined;
  #hurry = new AbortController();
  #isUrgent = false;
  /** Resolved, and made anew, whenever entries leave. */
  #left = new Deferred<void>();
  #leftCount = 0;
  #lostCount = 0;
  #waiters = 0;
  #closing: Promise<ReadonlyMap<string, V>> | undefined;
  readonly #lostAtClose = new Map<string, V>();

  constructor(options: WriteQueueOptions<V>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size + this.#batch.size;
  }

  has(key: string): boolean {
    return this.#waiting.has(key) || this.#batch.has(key);
  }

  get(key: string): V | undefined {
    return this.#waiting.has(key) ? this.#waiting.get(key) : this.#batch.get(key);
  }

  /** Rejects with CacheError FULL when there is no room in time, CLOSED once closed. */
  async put(key: string, value: V): Promise<void> {
    const { maxEntries, waitMs, batch } = this.#options;
    const endsAt = performance.now() + waitMs;
    while (!this.#waiting.has(key) && this.size >= maxEntries) {
      if (this.#closing) break;
      const leftMs = endsAt - performance.now();
      if (leftMs <= 0 || this.#waiters >= maxEntries) throw this.#full();
      this.#waiters += 1;
      await settlesWithin(this.#left.promise, leftMs);
      this.#waiters -= 1;
    }
    if (this.#closing) throw new CacheError('CLOSED', 'this WriteBehind is closed; the value was not taken');
    this.#waiting.set(key, value);
    if (this.#waiting.size >= batch) this.#hurry.abort();
    this.#running ??= this.#run();
  }

  /** Resolves when all that was put before has left; rejects with OPERATION when some of it was lost. */
  async flush(): Promise<void> {
    if (this.size === 0) return;
    const [until, lostBefore] = [this.#leftCount + this.size, this.#lostCount];
    this.#isUrgent = true;
    this.#hurry.abort();
    while (this.#leftCount < until) await this.#left.promise;
    const lost = this.#lostCount - lostBefore;
    if (lost > 0)
      throw new CacheError('OPERATION', `${lost} entries could not be written to the source and were given up`);
  }

  /** Writes what waits, for `closeTimeoutMs` at most, and resolves with what was lost meanwhile. Idempotent. */
  close(): Promise<ReadonlyMap<string, V>> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<ReadonlyMap<string, V>> {
    const { closeTimeoutMs } = this.#options;
    this.#isUrgent = true;
    this.#hurry.abort();
    this.#wake();
    const running = this.#running ?? Promise.resolve();
    if (!(await settlesWithin(running, closeTimeoutMs))) {
      const late = new CacheError(
        'TIMEOUT',
        `the source had not taken everything ${closeTimeoutMs} ms after the close`,
      );
      this.#ended.abort(late);
      this.#attempt?.abort(late);
      await running;
    }
    return this.#lostAtClose;
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      await this.#gather();
      for (const [key, value] of this.#waiting) {
        // What is lost in the end is lost at once.
        if (this.#batch.size >= this.#options.batch && !this.#ended.signal.aborted) break;
        this.#waiting.delete(key);
        this.#batch.set(key, value);
      }
      await this.#writeBatch();
    }
    this.#isUrgent = false;
    this.#running = undefined;
  }

  /** Gives others time to join the batch. */
  async #gather(): Promise<void> {
    if (this.#isUrgent || this.#waiting.size >= this.#options.batch) return;
    this.#hurry = new AbortController();
    await sleep(this.#options.delayMs, this.#hurry.signal);
  }

  async #writeBatch(): Promise<void> {
    const backoff = new Backoff({ maxMs: 5_000 });
    const { signal: ended } = this.#ended;
    for (let attempt = 1; this.#batch.size > 0; attempt += 1) {
      const error = ended.aborted ? ended.reason : await this.#failure(this.#batch);
      if (error === undefined) return this.#leave(this.#batch);
      // What was set again meanwhile is written in its turn.
      this.#leave(new Map([...this.#batch].filter(([key]) => this.#waiting.has(key))));
      if (ended.aborted) return this.#lose(this.#batch, ended.reason);
      if (attempt >= this.#options.attempts) return this.#writeSingly(error);
      await sleep(backoff.next(0), ended);
    }
  }

  /** One entry that the source refuses must not take the others with it. A source that does not answer is not asked again. */
  async #writeSingly(error: unknown): Promise<void> {
    const isAway = error instanceof CacheError && error.code === 'TIMEOUT';
    if (isAway || this.#batch.size === 1) return this.#lose(this.#batch, error);
    for (const entry of this.#batch) {
      const single = new Map([entry]);
      const failure = await this.#failure(single);
      if (failure === undefined) this.#leave(single);
      else await this.#lose(single, failure);
    }
  }

  /** Why the source did not take the entries; undefined when it did. */
  async #failure(entries: ReadonlyMap<string, V>): Promise<unknown> {
    const { write, timeoutMs } = this.#options;
    if (this.#ended.signal.aborted) return this.#ended.signal.reason;
    const late = () => new CacheError('TIMEOUT', `the source did not take a batch within ${timeoutMs} ms`);
    this.#attempt = new AbortController();
    try {
      await untilAborted(this.#attempt, timeoutMs, late, (signal) => write(new Map(entries), { signal }));
      return undefined;
    } catch (error) {
      return error ?? new CacheError('OPERATION', 'the source failed without saying why');
    } finally {
      this.#attempt = undefined;
    }
  }

  async #lose(entries: ReadonlyMap<string, V>, error: unknown): Promise<void> {
    const lost = new Map(entries);
    this.#lostCount += lost.size;
    if (this.#closing) for (const [key, value] of lost) this.#lostAtClose.set(key, value);
    await this.#options.lost(lost, error);
    this.#leave(lost);
  }

  #leave(entries: ReadonlyMap<string, V>): void {
    if (entries.size === 0) return;
    this.#leftCount += entries.size;
    for (const key of entries.keys()) this.#batch.delete(key);
    this.#wake();
  }

  /** Lets those look again who wait for entries to leave. */
  #wake(): void {
    const left = this.#left;
    this.#left = new Deferred();
    left.resolve();
  }

  #full(): CacheError {
    const { maxEntries, waitMs } = this.#options;
    const message = `${maxEntries} entries wait to be written behind, and none left within ${waitMs} ms; the value was not taken. Try again later, or raise maxEntries`;
    return new CacheError('FULL', message, { retryable: true, details: { maxEntries } });
  }
}
