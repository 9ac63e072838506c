import { Deferred, type Duration, durationMs, sleep } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';

/** How long one call may go on: a deadline and the caller's signal. Everything the call waits for waits under it. */
export class StatementLimit {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly #start = performance.now();

  constructor(timeoutMs: number, signal?: AbortSignal) {
    this.timeoutMs = timeoutMs;
    this.signal = signal;
  }

  static of(
    options: { timeout?: Duration | undefined; signal?: AbortSignal | undefined },
    defaultMs: number,
  ): StatementLimit {
    return new StatementLimit(
      options.timeout === undefined ? defaultMs : durationMs(options.timeout, 'timeout'),
      options.signal,
    );
  }

  /** The same for who has counted the timeout already. */
  static left(
    { timeoutMs, signal }: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
    defaultMs: number,
  ): StatementLimit {
    return new StatementLimit(timeoutMs ?? defaultMs, signal);
  }

  get elapsedMs(): number {
    return Math.round(performance.now() - this.#start);
  }

  get remainingMs(): number {
    return Math.max(0, this.timeoutMs - this.elapsedMs);
  }

  /** The same, but from now on not longer than `ms`; 0 for no limit. */
  atMost(ms: number): StatementLimit {
    return ms === 0 || this.remainingMs <= ms ? this : new StatementLimit(ms, this.signal);
  }

  /** Why the call is over, if it is. */
  get reached(): DatabaseError | undefined {
    if (this.signal?.aborted) return this.#aborted();
    return this.remainingMs === 0 ? this.#timedOut() : undefined;
  }

  throwIfReached(): void {
    const reached = this.reached;
    if (reached) throw reached;
  }

  /** Calls `end` once when the limit is reached; the returned function stops watching. */
  watch(end: (reason: DatabaseError) => void): () => void {
    const onAbort = () => end(this.#aborted());
    if (this.signal?.aborted) {
      onAbort();
      return () => undefined;
    }
    const timer = setTimeout(() => end(this.#timedOut()), this.remainingMs);
    this.signal?.addEventListener('abort', onAbort, { once: true });
    return () => {
      clearTimeout(timer);
      this.signal?.removeEventListener('abort', onAbort);
    };
  }

  /** Settles as `work`, which goes on when the limit is reached before. */
  async during<T>(work: Promise<T>): Promise<T> {
    const reached = new Deferred<never>();
    const stop = this.watch((reason) => reached.reject(reason));
    try {
      return await Promise.race([work, reached.promise]);
    } finally {
      stop();
    }
  }

  /** Waits, but not beyond the limit. */
  async pause(ms: number): Promise<void> {
    await sleep(Math.min(ms, this.remainingMs), this.signal);
  }

  #timedOut(): DatabaseError {
    return new DatabaseError('TIMEOUT', `the statement did not end within its timeout of ${this.timeoutMs} ms`, {
      retryable: true,
      details: { timeoutMs: this.timeoutMs },
    });
  }

  #aborted(): DatabaseError {
    return new DatabaseError('ABORTED', 'the statement was ended by its AbortSignal', { cause: this.signal?.reason });
  }
}
