import { WireError } from '../foundation/index.js';

const longestTimerMs = 2_147_483_647;

interface CallUnderWay {
  readonly controller: AbortController;
  isCancelled: boolean;
}

/** Calls of the peer that this end works on: the peer may cancel each, and the deadline it named is kept. */
export class CallsUnderWay {
  readonly #running = new Map<string, CallUnderWay>();

  /**
   * Settles as `work`, whose signal aborts when the peer cancels the call (CANCELLED), when `deadlineMs` have passed
   * (CALL_TIMEOUT) or when the session ends. undefined, whatever the work came to, when the peer has cancelled it:
   * nobody waits for an answer. A second call under the id of one that still runs cannot be cancelled.
   */
  async run<T>(
    id: string,
    deadlineMs: number | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    const call: CallUnderWay = { controller: new AbortController(), isCancelled: false };
    const { signal } = call.controller;
    if (!this.#running.has(id)) this.#running.set(id, call);
    const timer =
      deadlineMs === undefined
        ? undefined
        : setTimeout(() => call.controller.abort(late(deadlineMs)), Math.min(deadlineMs, longestTimerMs));
    // Work that does not heed its signal must not keep the process alive until then.
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    try {
      const result = await work(signal);
      return call.isCancelled ? undefined : result;
    } catch (error) {
      if (call.isCancelled) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
      if (this.#running.get(id) === call) this.#running.delete(id);
    }
  }

  /** False when no such call runs: it has been answered, or was never made. */
  cancel(id: string): boolean {
    const call = this.#running.get(id);
    if (call === undefined) return false;
    call.isCancelled = true;
    call.controller.abort(new WireError('CANCELLED', 'the caller does not wait for this call any more'));
    return true;
  }

  /** The session has ended: whatever still runs, nobody waits for it. */
  abortAll(reason: Error): void {
    for (const { controller } of this.#running.values()) controller.abort(reason);
  }
}

function late(deadlineMs: number): WireError {
  return new WireError('CALL_TIMEOUT', `not done within the ${deadlineMs} ms that the caller waits`, {
    retryable: true,
    details: { timeoutMs: deadlineMs },
  });
}
