import { WireError } from '../foundation/index.js';
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

interface PendingCall<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  /** Ends its deadline. */
  readonly stop: () => void;
}

/** Calls that wait for their answer, by the key the answer will carry. Each has a deadline; their number is bounded. */
export class CallTable<T> {
  readonly #pending = new Map<string, PendingCall<T>>();
  readonly #cancelled = new Map<string, Cancellation<T>>();
  #closed: Error | undefined;

  /**
   * Registers a call, then runs `send`. Rejects with CALL_TIMEOUT, the signal's reason, or the error of `failAll`; in the
   * first two cases the far end is told, and its answer is then dropped silently.
   */
  start(
    key: string,
    what: string,
    options: ServiceCallOptions & { timeoutMs: number },
    send: () => void,
    cancellation?: Cancellation<T>,
  ): Promise<T> {
    // One promise a call, and what is thrown in here rejects it: this is run for every message.
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) throw this.#closed;
      options.signal?.throwIfAborted();
      if (this.#pending.size >= maxPending) {
        throw new WireError('BACKPRESSURE', `${what}: ${maxPending} calls already wait for an answer`, {
          retryable: true,
        });
      }
      const stop = armCall(options, what, (error) => {
        this.#take(key)?.reject(error);
        if (cancellation) this.#cancel(key, cancellation);
      });
      this.#pending.set(key, { resolve, reject, stop });
      try {
        send();
      } catch (error) {
        this.#take(key)?.reject(error);
      }
    });
  }

  /** False when no call waits under that key, nor was cancelled: it was answered before, timed out, or never made. */
  resolve(key: string, value: T): boolean {
    const call = this.#take(key);
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
    for (const key of this.#pending.keys()) this.#take(key)?.reject(error);
  }

  #take(key: string): PendingCall<T> | undefined {
    const call = this.#pending.get(key);
    if (call === undefined) return undefined;
    this.#pending.delete(key);
    call.stop();
    return call;
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
  const onTimeout = () =>
    fail(
      new WireError('CALL_TIMEOUT', `${what}: no answer within ${timeoutMs} ms`, {
        retryable: true,
        details: { timeoutMs },
      }),
    );
  const timer = setTimeout(onTimeout, timeoutMs);
  if (signal === undefined) return () => clearTimeout(timer);
  const onAbort = () => fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
}
