import { DeadlineWatch, startDeadline, WireError } from '../foundation/index.js';
import { PassingMap } from './passing-map.js';
import type { ServiceCallOptions } from './service.js';

const maxPending = 65_536;
/** Late answers of so many calls that were cancelled last are told from answers nobody asked for. */
const maxCancelled = 1_024;

/** What is done about calls that are given up. */
export interface Cancellation<T> {
  /** Tells the far end that nobody waits for that call any more; false when it did not agree to be told. */
  readonly tell: (key: string) => boolean;
  /** Undoes what was done all the same: the answer crossed the cancellation. */
  readonly undo?: (answer: T) => void;
}

/** Settled once, and then holds nothing: a `Map` keeps what was taken out of it for long, in the tables it has outgrown. */
class PendingCall<T, W> {
  #resolve: ((value: T) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** Stops listening to the caller's signal. */
  #unlisten: (() => void) | undefined;

  constructor(
    readonly what: W,
    readonly timeoutMs: number,
    readonly dueAt: number,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
    unlisten: (() => void) | undefined,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#unlisten = unlisten;
  }

  resolve(value: T): void {
    this.#resolve?.(value);
    this.#letGo();
  }

  reject(error: unknown): void {
    this.#reject?.(error);
    this.#letGo();
  }

  #letGo(): void {
    this.#unlisten?.();
    this.#resolve = this.#reject = this.#unlisten = undefined;
  }
}

/** What is called, for messages. */
export type CallName = string | { toString(): string };

/** Calls that wait for their answer, by the key the answer will carry. Each has a deadline; their number is bounded. */
export class CallTable<T, W extends CallName = string> {
  readonly #cancellation: Cancellation<T> | undefined;
  readonly #pending = new PassingMap<string, PendingCall<T, W>>();
  readonly #cancelled = new Set<string>();
  readonly #deadlines = new DeadlineWatch((now) => this.#failDue(now));
  #closed: Error | undefined;

  constructor(cancellation?: Cancellation<T>) {
    this.#cancellation = cancellation;
  }

  /**
   * Registers a call, then runs `send`. Rejects with CALL_TIMEOUT, the signal's reason, or the error of `failAll`; in the
   * first two cases the far end is told, and its answer is then dropped silently.
   */
  start(key: string, what: W, options: ServiceCallOptions & { timeoutMs: number }, send: () => void): Promise<T> {
    // One promise a call, and what is thrown in here rejects it: this is run for every message.
    return new Promise<T>((resolve, reject) => {
      const { signal, timeoutMs } = options;
      if (this.#closed) throw neverSent(this.#closed);
      signal?.throwIfAborted();
      if (this.#pending.size >= maxPending) {
        throw new WireError('BACKPRESSURE', `${String(what)}: ${maxPending} calls already wait for an answer`, {
          retryable: true,
        });
      }
      const dueAt = performance.now() + timeoutMs;
      const unlisten = signal && onAbort(signal, () => this.#giveUp(key, signal.reason));
      this.#pending.set(key, new PendingCall(what, timeoutMs, dueAt, resolve, reject, unlisten));
      this.#deadlines.add(dueAt);
      try {
        send();
      } catch (error) {
        this.#take(key)?.reject(neverSent(error));
      }
    });
  }

  /** False when no call waits under that key, nor was cancelled: it was answered before, timed out, or never made. */
  resolve(key: string, value: T): boolean {
    const call = this.#take(key);
    call?.resolve(value);
    if (call !== undefined) return true;
    const wasCancelled = this.#cancelled.delete(key);
    if (wasCancelled) this.#cancellation?.undo?.(value);
    return wasCancelled;
  }

  /** As `resolve`, with the error that is made of what was called. */
  reject(key: string, errorOf: (what: W) => Error): boolean {
    const call = this.#take(key);
    call?.reject(errorOf(call.what));
    return call !== undefined || this.#cancelled.delete(key);
  }

  /** Fails every waiting call, and each later one. */
  failAll(error: Error): void {
    this.#closed = error;
    this.#deadlines.stop();
    for (const [key] of this.#pending.entries()) this.#take(key)?.reject(error);
  }

  #take(key: string): PendingCall<T, W> | undefined {
    const call = this.#pending.get(key);
    if (call !== undefined) this.#pending.delete(key);
    return call;
  }

  /** Returns when the next one is due. */
  #failDue(now: number): number {
    let next = Infinity;
    for (const [key, { dueAt, what, timeoutMs }] of this.#pending.entries()) {
      if (dueAt > now) next = Math.min(next, dueAt);
      else this.#giveUp(key, noAnswer(what, timeoutMs));
    }
    return next;
  }

  #giveUp(key: string, reason: unknown): void {
    this.#take(key)?.reject(reason);
    try {
      if (this.#cancellation?.tell(key) !== true) return;
    } catch {
      // The channel is gone or full; the far end has a deadline of its own.
    }
    this.#cancelled.add(key);
    const [oldest] = this.#cancelled;
    if (this.#cancelled.size > maxCancelled && oldest !== undefined) this.#cancelled.delete(oldest);
  }
}

/** Starts the deadline and listens to the signal of one call; returns what stops both. */
export function armCall(
  options: ServiceCallOptions & { timeoutMs: number },
  what: string,
  fail: (error: unknown) => void,
): () => void {
  const { signal, timeoutMs } = options;
  const stop = startDeadline(timeoutMs, () => fail(noAnswer(what, timeoutMs)));
  const unlisten = signal && onAbort(signal, () => fail(signal.reason));
  return () => {
    stop();
    unlisten?.();
  };
}

/** The channel was gone before the call: it was not done, which of one that waited for its answer nobody knows. */
function neverSent(error: unknown): unknown {
  if (!WireError.is(error) || error.code !== 'CHANNEL_CLOSED' || wasNeverSent(error)) return error;
  const { message, retryable, details, cause } = error;
  return new WireError('CHANNEL_CLOSED', message, { retryable, details: { ...details, sent: false }, cause });
}

/** Whether a call failed because the channel was gone before it was sent. */
export function wasNeverSent(error: unknown): boolean {
  return WireError.is(error) && error.code === 'CHANNEL_CLOSED' && error.details['sent'] === false;
}

function noAnswer(what: CallName, timeoutMs: number): WireError {
  return new WireError('CALL_TIMEOUT', `${String(what)}: no answer within ${timeoutMs} ms`, {
    retryable: true,
    details: { timeoutMs },
  });
}

/** Returns what stops listening. */
function onAbort(signal: AbortSignal, listener: () => void): () => void {
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
