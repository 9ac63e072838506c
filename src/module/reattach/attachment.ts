import { Deferred, WireError } from '../../foundation/index.js';
import { armCall, type ModuleSession, type ServiceCallOptions } from '../../wire/index.js';

const maxWaiting = 65_536;
const defaultTimeoutMs = 30_000;

/**
 * Whether there is an orchestrator to call: calls that are made while there is none wait for one, each until its own
 * deadline.
 */
export class Attachment {
  #session: ModuleSession;
  #back: Deferred<void> | undefined;
  #over: Error | undefined;
  #waiting = 0;

  constructor(session: ModuleSession) {
    this.#session = session;
  }

  /** Of the orchestrator there is, or of the last one. */
  get session(): ModuleSession {
    return this.#session;
  }

  /** undefined while calls have to wait, and when it is over. */
  get present(): ModuleSession | undefined {
    return this.#back || this.#over ? undefined : this.#session;
  }

  lost(): void {
    if (this.#back || this.#over) return;
    this.#back = new Deferred<void>();
    this.#back.promise.catch(() => undefined);
  }

  restored(session = this.#session): void {
    this.#session = session;
    const back = this.#back;
    this.#back = undefined;
    back?.resolve();
  }

  /** Fails the calls that wait, and each later one. */
  end(error: Error): void {
    this.#over ??= error;
    this.#back?.reject(error);
  }

  /**
   * Makes a call, at once or as soon as there is an orchestrator; `timeoutMs` is what is then left of its time. Rejects
   * with CALL_TIMEOUT, BACKPRESSURE, the reason of the signal or that of the end.
   */
  async call<T>(
    what: string,
    { signal, timeoutMs = defaultTimeoutMs }: ServiceCallOptions,
    make: (session: ModuleSession, timeoutMs: number) => Promise<T>,
  ): Promise<T> {
    const from = performance.now();
    while (!this.present) await this.#wait(what, signal, timeoutMs - (performance.now() - from));
    return make(this.#session, Math.max(1, Math.round(timeoutMs - (performance.now() - from))));
  }

  async #wait(what: string, signal: AbortSignal | undefined, timeoutMs: number): Promise<void> {
    if (this.#over) throw this.#over;
    signal?.throwIfAborted();
    if (this.#waiting >= maxWaiting)
      throw new WireError('BACKPRESSURE', `${what}: ${maxWaiting} calls already wait for an orchestrator`, {
        retryable: true,
      });
    const over = new Deferred<void>();
    const stop = armCall({ timeoutMs: Math.max(1, timeoutMs), signal }, what, (error) => over.reject(error));
    this.#waiting += 1;
    try {
      await Promise.race([this.#back?.promise, over.promise]);
    } finally {
      this.#waiting -= 1;
      stop();
    }
  }
}
