import { DeadlineWatch, WireError } from '../foundation/index.js';
import { PassingMap } from './passing-map.js';

/** One call, for whoever works on it. */
export interface CallUnderWay {
  /** Made when it is asked for: that costs more than many a call does. */
  readonly signal: AbortSignal;
  /** Has `listener` called, once, when `signal` would abort; one at a time. */
  onAbort(listener: (reason: unknown) => void): void;
  /** How long the caller still waits, in milliseconds; undefined when it did not say. */
  readonly timeoutMs: number | undefined;
}

/** A call that was begun and has to be ended. */
export class RunningCall implements CallUnderWay {
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #listener: ((reason: unknown) => void) | undefined;
  /** Nobody waits for an answer. */
  isCancelled = false;

  constructor(
    readonly key: string | symbol,
    readonly deadlineMs: number,
    readonly dueAt: number,
  ) {}

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  onAbort(listener: (reason: unknown) => void): void {
    this.#listener = listener;
    if (this.#reason) listener(this.#reason);
  }

  abort(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#listener?.(reason);
  }

  /** It has ended: the map it was in may keep it for a while, but not what listened. */
  letGo(): void {
    this.#listener = undefined;
  }

  get timeoutMs(): number | undefined {
    return this.dueAt === Infinity ? undefined : Math.max(0, Math.ceil(this.dueAt - performance.now()));
  }
}

/** Calls of the peer that this end works on: the peer may cancel each, and the deadline it named is kept. */
export class CallsUnderWay {
  readonly #running = new PassingMap<string | symbol, RunningCall>();
  readonly #deadlines = new DeadlineWatch((now) => this.#abortDue(now));

  /**
   * Settles as `work`, whose signal aborts when the peer cancels the call (CANCELLED), when `deadlineMs` have passed
   * (CALL_TIMEOUT) or when the session ends. undefined, whatever the work came to, when the peer has cancelled it:
   * nobody waits for an answer. A second call under the id of one that still runs cannot be cancelled.
   */
  async run<T>(
    id: string,
    deadlineMs: number | undefined,
    work: (call: CallUnderWay) => Promise<T>,
  ): Promise<T | undefined> {
    const call = this.begin(id, deadlineMs);
    try {
      const result = await work(call);
      return call.isCancelled ? undefined : result;
    } catch (error) {
      if (call.isCancelled) return undefined;
      throw error;
    } finally {
      this.end(call);
    }
  }

  /** As `run`, for who ends the call: a promise less. */
  begin(id: string, deadlineMs: number | undefined): RunningCall {
    const key = this.#running.has(id) ? Symbol(id) : id;
    const call = new RunningCall(key, deadlineMs ?? Infinity, performance.now() + (deadlineMs ?? Infinity));
    this.#running.set(key, call);
    this.#deadlines.add(call.dueAt);
    return call;
  }

  end(call: RunningCall): void {
    this.#running.delete(call.key);
    call.letGo();
  }

  /** False when no such call runs: it has been answered, or was never made. */
  cancel(id: string): boolean {
    const call = this.#running.get(id);
    if (call === undefined) return false;
    call.isCancelled = true;
    call.abort(new WireError('CANCELLED', 'the caller does not wait for this call any more'));
    return true;
  }

  /** The session has ended: whatever still runs, nobody waits for it. */
  abortAll(reason: Error): void {
    this.#deadlines.stop();
    for (const [, call] of this.#running.entries()) call.abort(reason);
  }

  /** Returns when the next one is due. */
  #abortDue(now: number): number {
    let next = Infinity;
    for (const [, call] of this.#running.entries()) {
      if (call.dueAt > now) next = Math.min(next, call.dueAt);
      else call.abort(late(call.deadlineMs));
    }
    return next;
  }
}

function late(deadlineMs: number): WireError {
  return new WireError('CALL_TIMEOUT', `not done within the ${deadlineMs} ms that the caller waits`, {
    retryable: true,
    details: { timeoutMs: deadlineMs },
  });
}
