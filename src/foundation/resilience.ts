import type * as Cockatiel from 'cockatiel';
import { type BreakerLimits, CircuitBreaker } from './circuit-breaker.js';
import { WireError } from './pywatt-error.js';

/**
 * The pause after the first attempt that failed, in milliseconds; each further one is twice as long. All are moved by up
 * to so much of themselves, so that those who failed together do not come back together.
 */
export interface Pauses {
  readonly firstMs: number;
  readonly maxMs: number;
  /** From 0 to 1. */
  readonly spread: number;
}

/** How patient we are with calls of one kind. All times in milliseconds. */
export interface CallLimits {
  /** How long each attempt may take; there are as many attempts. */
  readonly attemptTimeoutsMs: readonly number[];
  readonly pause: Pauses;
  readonly breaker: BreakerLimits;
}

/** Asking for a port, as every SDK of this protocol does it. */
export const portRequestLimits: CallLimits = {
  attemptTimeoutsMs: [3_000, 4_000, 5_000],
  pause: { firstMs: 100, maxMs: 30_000, spread: 0.05 },
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
  readonly #breaker: CircuitBreaker;

  private constructor(cockatiel: typeof Cockatiel, limits: CallLimits) {
    this.#cockatiel = cockatiel;
    this.#limits = limits;
    this.#breaker = new CircuitBreaker(limits.breaker, () => true);
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
    const { attemptTimeoutsMs, pause } = this.#limits;
    const retries = { count: attemptTimeoutsMs.length - 1, pause };
    const policy = retryPolicy(this.#cockatiel, retries, (error) => !isCircuitOpen(error) && mayRetry(error));
    return policy.execute(({ attempt }) =>
      work({ number: attempt + 1, call: (what, call) => this.#call(what, this.#timeoutMs(attempt), call) }),
    );
  }

  #timeoutMs(attempt: number): number {
    return this.#limits.attemptTimeoutsMs[attempt]!;
  }

  async #call<T>(what: string, timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeout, TimeoutStrategy } = this.#cockatiel;
    const deadline = timeout(timeoutMs, TimeoutStrategy.Aggressive);
    let isLate = false;
    deadline.onTimeout(() => (isLate = true));
    try {
      return await this.#breaker.run(
        () => deadline.execute(({ signal }) => work(signal)),
        (lastFailure) => this.#circuitOpen(what, lastFailure),
      );
    } catch (error) {
      const details = { timeoutMs };
      if (isLate) {
        const message = `${what}: no answer within ${timeoutMs} ms`;
        throw new WireError('CALL_TIMEOUT', message, { retryable: true, details, cause: error });
      }
      throw error;
    }
  }

  #circuitOpen(what: string, cause: unknown): WireError {
    const { failures, openMs } = this.#limits.breaker;
    const message = `${what}: not tried, ${failures} calls failed in a row; the next try is at most ${openMs} ms away`;
    return new WireError('CIRCUIT_OPEN', message, { retryable: true, cause });
  }
}

function isCircuitOpen(error: unknown): boolean {
  return error instanceof WireError && error.code === 'CIRCUIT_OPEN';
}

interface Retries {
  readonly count: number;
  readonly pause: Pauses;
}

/** Runs `work`, again at most so many times while `mayRetry` says yes to how it failed. Rejects as the last run did. */
export async function retried<T>(
  work: () => Promise<T>,
  retries: Retries,
  mayRetry: (error: unknown) => boolean,
): Promise<T> {
  if (retries.count === 0) return work();
  return retryPolicy(await import('cockatiel'), retries, mayRetry).execute(work);
}

function retryPolicy(
  { retry, handleWhen, ExponentialBackoff }: typeof Cockatiel,
  { count, pause: { firstMs, maxMs, spread } }: Retries,
  mayRetry: (error: unknown) => boolean,
): Cockatiel.RetryPolicy {
  const generator: Cockatiel.GeneratorFn<number> = (pauses = 0) => {
    const pause = Math.min(firstMs * 2 ** pauses, maxMs);
    return [pause * (1 - spread + 2 * spread * Math.random()), pauses + 1];
  };
  return retry(handleWhen(mayRetry), { maxAttempts: count, backoff: new ExponentialBackoff({ generator }) });
}
