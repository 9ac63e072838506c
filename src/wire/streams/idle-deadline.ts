import { WireError } from '../../foundation/index.js';

/** Fails a stream that stood still for too long. One wait at a time. */
export class IdleDeadline {
  readonly #ms: number;
  readonly #fail: (error: WireError) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, fail: (error: WireError) => void) {
    this.#ms = ms;
    this.#fail = fail;
  }

  /** Begins, or begins anew; `what` did not happen. */
  start(what: string): void {
    this.stop();
    this.#timer = setTimeout(() => {
      const message = `${what} within ${this.#ms} ms`;
      this.#fail(new WireError('CALL_TIMEOUT', message, { retryable: true, details: { timeoutMs: this.#ms } }));
    }, this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
