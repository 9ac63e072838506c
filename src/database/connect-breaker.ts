import { CircuitBreaker, messageOf, outageLimits } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';

const { failures, openMs } = outageLimits;

/**
 * Before the logins to one server: while nobody can connect, most callers are told so at once instead of waiting for a
 * login of their own, and the server that comes back is not met by all of them together; one tries every half second.
 * Logins that the server refuses count for nothing.
 */
export class ConnectBreaker {
  readonly #breaker = new CircuitBreaker(outageLimits, isAway);
  readonly #refusal: (lastFailure: unknown) => DatabaseError;

  /** @param database its name, for messages. */
  constructor(database: string) {
    this.#refusal = (lastFailure) => {
      const why = `${failures} connections failed in a row, the next is tried within ${openMs} ms`;
      const message = `database '${database}' is not asked for a connection: ${why}; the last: ${messageOf(lastFailure)}`;
      return new DatabaseError('CONNECTION', message, { retryable: true, cause: lastFailure });
    };
  }

  run<T>(connect: () => Promise<T>): Promise<T> {
    return this.#breaker.run(connect, this.#refusal);
  }
}

/** A password that is refused and may be about to change names its secret. */
function isAway(error: unknown): boolean {
  if (!(error instanceof DatabaseError) || error.code !== 'CONNECTION') return false;
  return error.retryable && error.details['secret'] === undefined;
}
