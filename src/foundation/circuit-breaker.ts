import type * as Cockatiel from 'cockatiel';

export interface BreakerLimits {
  /** So many failures in a row open the circuit. */
  readonly failures: number;
  /** After so many ms one call tries again: its success closes the circuit, its failure opens it for as long once more. */
  readonly openMs: number;
}

interface Loaded {
  readonly policy: Cockatiel.CircuitBreakerPolicy;
  readonly isBroken: typeof Cockatiel.isBrokenCircuitError;
  readonly halfOpen: Cockatiel.CircuitState;
}

/** Keeps calls from waiting, each by itself, for what has just failed again and again. */
export class CircuitBreaker {
  readonly #limits: BreakerLimits;
  readonly #isFailure: (error: unknown) => boolean;
  #loaded: Loaded | undefined;
  #lastFailure: unknown;

  /** Failures that `isFailure` says no to are passed on and count for nothing. */
  constructor(limits: BreakerLimits, isFailure: (error: unknown) => boolean) {
    this.#limits = limits;
    this.#isFailure = isFailure;
  }

  /** Settles as `work`; rejects with `refusal` of the last failure while calls are not made. */
  async run<T>(work: () => Promise<T>, refusal: (lastFailure: unknown) => Error): Promise<T> {
    const { policy, isBroken, halfOpen } = this.#loaded ?? (await this.#load());
    // While one call tries, the others are not made to wait for it.
    if (policy.state === halfOpen) throw refusal(this.#lastFailure);
    try {
      return await policy.execute(work);
    } catch (error) {
      throw error instanceof Error && isBroken(error) ? refusal(this.#lastFailure) : error;
    }
  }

  /** What failed is over: calls are made again, as if none had failed. */
  reset(): void {
    this.#loaded = undefined;
  }

  /** Only now: who makes no such calls pays nothing. */
  async #load(): Promise<Loaded> {
    const { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen, isBrokenCircuitError } =
      await import('cockatiel');
    const counted = (error: unknown) => {
      const isFailure = this.#isFailure(error);
      if (isFailure) this.#lastFailure = error;
      return isFailure;
    };
    const { failures, openMs } = this.#limits;
    const breaker = new ConsecutiveBreaker(failures);
    const policy = circuitBreaker(handleWhen(counted), { halfOpenAfter: openMs, breaker });
    return (this.#loaded ??= { policy, isBroken: isBrokenCircuitError, halfOpen: CircuitState.HalfOpen });
  }
}
