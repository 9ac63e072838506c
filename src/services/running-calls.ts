import { ServiceError } from './service-error.js';

/** More calls than this at once on one connection are refused. */
const maxRunning = 10_000;

/** The calls under way on one connection to a service: bounded in number, and ended with it. */
export class RunningCalls {
  readonly #service: string;
  readonly #controllers = new Set<AbortController>();
  #isClosed = false;

  constructor(service: string) {
    this.#service = service;
  }

  /**
   * Settles as `work`, whose controller aborts with the reason of the caller's signal, and with CLOSED when the
   * connection is closed. Rejects with these, or BUSY, without doing it when it cannot begin.
   */
  async run<T>(
    operation: string,
    callerSignal: AbortSignal | undefined,
    work: (controller: AbortController) => Promise<T>,
  ): Promise<T> {
    callerSignal?.throwIfAborted();
    if (this.#isClosed) throw this.#closed();
    if (this.#controllers.size >= maxRunning)
      throw busy(`service '${this.#service}', ${operation}`, `${maxRunning} calls are under way already`);
    const controller = new AbortController();
    const onCallerAbort = () => controller.abort(callerSignal?.reason);
    callerSignal?.addEventListener('abort', onCallerAbort, { once: true });
    this.#controllers.add(controller);
    try {
      return await work(controller);
    } finally {
      callerSignal?.removeEventListener('abort', onCallerAbort);
      this.#controllers.delete(controller);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const controller of this.#controllers) controller.abort(this.#closed());
  }

  #closed(): ServiceError {
    return new ServiceError('CLOSED', `this connection to service '${this.#service}' is closed`);
  }
}

/** `what` names service and operation. */
export function busy(what: string, why: string): ServiceError {
  return new ServiceError('BUSY', `${what}: ${why}`, { retryable: true });
}
