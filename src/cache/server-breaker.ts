import { CircuitBreaker, messageOf, outageLimits } from '../foundation/index.js';
import { CacheError } from './cache-error.js';

const { failures, openMs } = outageLimits;

/**
 * Before one server of a cache: when it hangs or is away, most operations fail at once with CONNECTION instead of waiting
 * for their timeout each; one of them tries every half second. Commands that the server refuses count for nothing.
 */
export class ServerBreaker {
  readonly #breaker = new CircuitBreaker(outageLimits, isAway);
  readonly #refusal: (lastFailure: unknown) => CacheError;

  /** @param where for messages: `cache 'default': redis://127.0.0.1:6379`. */
  constructor(where: string) {
    this.#refusal = (lastFailure) => {
      const why = `it failed ${failures} times in a row and is tried again within ${openMs} ms`;
      const message = `${where} is not asked: ${why}; the last time: ${messageOf(lastFailure)}`;
      return new CacheError('CONNECTION', message, { retryable: true, cause: lastFailure });
    };
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#breaker.run(work, this.#refusal);
  }

  /** The server is there again, or another login is used. */
  reset(): void {
    this.#breaker.reset();
  }
}

function isAway(error: unknown): boolean {
  return error instanceof CacheError && error.retryable && (error.code === 'TIMEOUT' || error.code === 'CONNECTION');
}
