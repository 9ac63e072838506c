import { Deferred, WireError } from '../foundation/index.js';
import type { ServiceCallOptions } from './service.js';

const maxPending = 65_536;
/** Late answers of so many calls that were cancelled last are told from answers nobody asked for. */
const maxCancelled = 1_024;

/** What is done about a call that is given up. */
export interface Cancellation<T> {
  /** Tells the far end. */
  readonly tell: () => void;
  /** Undoes what was done all the same: its answer crossed the cancellation. */
  readonly undo?: (answer: T) => void;
}

/** Calls that wait for their answer, by the key the answer will carry. Each has a deadline; their number is bounded. */
export class CallTable<T> {
  readonly #pending = new Map<string, Deferred<T>>();
  readonly #cancelled = new Map<string, Cancellation<T>>();
  #closed: Error | undefined;

  /**
   * Registers a call, then runs `send`. Rejects with CALL_TIMEOUT, the signal's reason, or the error of `failAll`; in the
   * first two cases the far end is told, and its answer is then dropped silently.
   */
  async start(
    key: string,
    what: string,
    options: ServiceCallOptions & { timeoutMs: number },
    send: () => void,
    cancellation?: Cancellation<T>,
  ): Promise<T> {
    if (this.#closed) throw this.#closed;
    options.signal?.throwIfAborted();
    if (this.#pending.size >= maxPending) {
      throw new WireError('BACKPRESSURE', `${what}: ${maxPending} calls already wait for an answer`, {
        retryable: true,
      });
    }
    const deferred = new Deferred<T>();
    const stop = armCall(options, what, (error) => {
      this.#pending.delete(key);
      deferred.reject(error);
      if (cancellation) this.#cancel(key, cancellation);
    });
    this.#pending.set(key, deferred);
    try {
      send();
      return await deferred.promise;
    } finally {
      stop();
      this.#pending.delete(key);
    }
  }

  /** False when no call waits under that key, nor was cancelled: it was answered before, timed out, or never made. */
  resolve(key: string, value: T): boolean {
    const call = this.#pending.get(key);
    this.#pending.delete(key);
    call?.resolve(value);
    if (call !== undefined) return true;
    const cancellation = this.#cancelled.get(key);
    this.#cancelled.delete(key);
    cancellation?.undo?.(value);
    return cancellation !== undefined;
  }

  /** Fails every waiting call, and each later one. */
  failAll(error: Error): void {
    this.#closed = error;
    const calls = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of calls) call.reject(error);
  }

  #cancel(key: string, cancellation: Cancellation<T>): void {
    this.#cancelled.set(key, cancellation);
    const [oldest] = this.#cancelled.keys();
    if (this.#cancelled.size > maxCancelled && oldest !== undefined) this.#cancelled.delete(oldest);
    try {
      cancellation.tell();
    } catch {
      // The channel is gone or full; the far end has a deadline of its own.
    }
  }
}

/** Starts the deadline and listens to the signal of one call; returns what stops both. */
export function armCall(
  options: ServiceCallOptions & { timeoutMs: number },
  what: string,
  fail: (error: unknown) => void,
): () => void {
  const { signal, timeoutMs } = options;
  const timer = setTimeout(
    () =>
      fail(
        new WireError('CALL_TIMEOUT', `${what}: no answer within ${timeoutMs} ms`, {
          retryable: true,
          details: { timeoutMs },
        }),
      ),
    timeoutMs,
  );
  const onAbort = () => fail(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}
