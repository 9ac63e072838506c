import { CircuitBreaker } from './circuit-breaker.js';
import { messageOf } from './pywatt-error.js';

const limits = { failures: 5, openMs: 500 };

/**
 * Before one server: while it hangs or is away, most calls fail at once instead of waiting for their deadline each, and
 * it is not met by all of them together when it comes back; one tries every half second.
 */
export class OutageBreaker {
  readonly #breaker: CircuitBreaker;
  readonly #refusal: (lastFailure: unknown) => Error;

  /**
   * @param isAway of errors that say that the server is; all others are its answers.
   * @param refusal of a call that is not made; `why` goes on a sentence about the server.
   */
  constructor(isAway: (error: unknown) => boolean, refusal: (why: string, lastFailure: unknown) => Error) {
    this.#breaker = new CircuitBreaker(limits, isAway);
    this.#refusal = (lastFailure) => {
      const { failures, openMs } = limits;
      const why = `it failed ${failures} times in a row and is tried again within ${openMs} ms; the last time: ${messageOf(lastFailure)}`;
      return refusal(why, lastFailure);
    };
  }

  /** Settles as `work`, which is not made while the server is away. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#breaker.run(work, this.#refusal);
  }

  /** The server is there again, or another login is used. */
  reset(): void {
    this.#breaker.reset();
  }
}
