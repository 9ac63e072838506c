import type * as Cockatiel from 'cockatiel';
import { WireError } from './pywatt-error.js';

/** How patient we are with calls of one kind. All times in milliseconds. */
export interface CallLimits {
  /** How long each attempt may take; there are as many attempts. */
  readonly attemptTimeoutsMs: readonly number[];
  /** The pause after the first attempt that failed; each further one is twice as long, give or take 5 %. */
  readonly pause: { readonly firstMs: number; readonly maxMs: number };
  /** So many failures in a row open the circuit; after `openMs` one call tries again, and its success closes it. */
  readonly breaker: { readonly failures: number; readonly openMs: number };
}

/** Asking for a port, as every SDK of this protocol does it. */
export const portRequestLimits: CallLimits = {
  attemptTimeoutsMs: [3_000, 4_000, 5_000],
  pause: { firstMs: 100, maxMs: 30_000 },
  breaker: { failures: 5, openMs: 60_000 },
};

/** One of the attempts of `Resilience.run`. */
export interface Attempt {
  /** Counts from 1. */
  readonly number: number;
  /**
   * Makes the call that may fail; `signal` aborts at the deadline of this attempt. Rejects as the call does, with
   * CALL_TIMEOUT, or with CIRCUIT_OPEN without making it.
   */
  call<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** Deadlines, attempts and a circuit breaker for calls of one kind. The breaker remembers from one `run` to the next. */
export class Resilience {
  readonly #cockatiel: typeof Cockatiel;
  readonly #limits: CallLimits;
  readonly #breaker: Cockatiel.CircuitBreakerPolicy;

  private constructor(cockatiel: typeof Cockatiel, limits: CallLimits) {
    const { circuitBreaker, ConsecutiveBreaker, handleAll } = cockatiel;
    const { failures, openMs } = limits.breaker;
    this.#cockatiel = cockatiel;
    this.#limits = limits;
    this.#breaker = circuitBreaker(handleAll, {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(failures),
    });
  }

  /** Loads what it needs only now: who makes no such calls pays nothing. */
  static async create(limits: CallLimits): Promise<Resilience> {
    return new Resilience(await import('cockatiel'), limits);
  }

  /**
   * Runs `work` until an attempt succeeds. Rejects as the last attempt did, at once with an error that `mayRetry` says
   * no to, and at once with CIRCUIT_OPEN.
   */
  run<T>(work: (attempt: Attempt) => Promise<T>, mayRetry: (error: unknown) => boolean): Promise<T> {
    return this.#retry(mayRetry).execute(({ attempt }) =>
      work({ number: attempt + 1, call: (what, call) => this.#call(what, this.#timeoutMs(attempt), call) }),
    );
  }

  #retry(mayRetry: (error: unknown) => boolean): Cockatiel.RetryPolicy {
    const { retry, handleWhen, ExponentialBackoff } = this.#cockatiel;
    const { attemptTimeoutsMs, pause } = this.#limits;
    return retry(
      handleWhen((error) => !isCircuitOpen(error) && mayRetry(error)),
      {
        maxAttempts: attemptTimeoutsMs.length - 1,
        backoff: new ExponentialBackoff({
          initialDelay: pause.firstMs,
          maxDelay: pause.maxMs,
          generator: slightJitter,
        }),
      },
    );
  }

  #timeoutMs(attempt: number): number {
    return this.#limits.attemptTimeoutsMs[attempt]!;
  }

  async #call<T>(what: string, timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeout, TimeoutStrategy, isBrokenCircuitError } = this.#cockatiel;
    const deadline = timeout(timeoutMs, TimeoutStrategy.Aggressive);
    let isLate = false;
    deadline.onTimeout(() => (isLate = true));
    try {
      return await this.#breaker.execute(() => deadline.execute(({ signal }) => work(signal)));
    } catch (error) {
      const details = { timeoutMs };
      if (isLate) {
        const message = `${what}: no answer within ${timeoutMs} ms`;
        throw new WireError('CALL_TIMEOUT', message, { retryable: true, details, cause: error });
      }
      if (error instanceof Error && isBrokenCircuitError(error)) throw this.#circuitOpen(what, error);
      throw error;
    }
  }

  #circuitOpen(what: string, cause: Error): WireError {
    const { failures, openMs } = this.#limits.breaker;
    const message = `${what}: not tried, ${failures} calls failed in a row; the next try is at most ${openMs} ms away`;
    return new WireError('CIRCUIT_OPEN', message, { retryable: true, cause });
  }
}

function isCircuitOpen(error: unknown): boolean {
  return error instanceof WireError && error.code === 'CIRCUIT_OPEN';
}

/** Doubles the pause, and moves it by up to 5 % so that modules that failed together do not come back together. */
const slightJitter: Cockatiel.GeneratorFn<number> = (pauses = 0, { initialDelay, exponent, maxDelay }) => {
  const pause = Math.min(initialDelay * exponent ** pauses, maxDelay);
  return [pause * (0.95 + Math.random() * 0.1), pauses + 1];
};
