import type * as Cockatiel from 'cockatiel';

export interface BreakerLimits {
  /** So many failures in a row open the circuit. */
  readonly failures: number;
  /** After so many ms one call tries again: its success closes the circuit, its failure opens it for as long once more. */
  readonly openMs: number;
}

/** Made when something fails, so that nothing stands between a caller and its work as long as that succeeds. */
interface Policy {
  readonly breaker: Cockatiel.CircuitBreakerPolicy;
  readonly states: typeof Cockatiel.CircuitState;
  readonly isBroken: typeof Cockatiel.isBrokenCircuitError;
}

/** Keeps calls from waiting, each by itself, for what has just failed again and again. */
export class CircuitBreaker {
  readonly #limits: BreakerLimits;
  readonly #isFailure: (error: unknown) => boolean;
  /** Since the first failure that no success followed. */
  #policy: Policy | undefined;
  #lastFailure: unknown;
  /** A reading of `performance.now()`. */
  #openedAt = 0;
  #successes = 0;

  /** Failures that `isFailure` says no to are passed on and count for nothing. */
  constructor(limits: BreakerLimits, isFailure: (error: unknown) => boolean) {
    this.#limits = limits;
    this.#isFailure = isFailure;
  }

  /** Settles as `work`; rejects with `refusal` of the last failure while calls are not made. */
  run<T>(work: () => Promise<T>, refusal: (lastFailure: unknown) => Error): Promise<T> {
    if (this.#policy) return this.#guarded(this.#policy, work, refusal);
    const successes = this.#successes;
    // This is done for every read of a cache.
    return work().then(
      (result) => {
        this.#successes += 1;
        return result;
      },
      async (error: unknown) => {
        // What others have succeeded in since this began is not away.
        if (this.#successes === successes && this.#isFailure(error)) await this.#count(error);
        throw error;
      },
    );
  }

  /** What failed is over: calls are made again, as if none had failed. */
  reset(): void {
    this.#policy = undefined;
    this.#successes += 1;
  }

  async #guarded<T>(policy: Policy, work: () => Promise<T>, refusal: (lastFailure: unknown) => Error): Promise<T> {
    const { breaker, states, isBroken } = policy;
    // While one call tries, the others are not made to wait for it.
    if (breaker.state === states.HalfOpen) throw refusal(this.#lastFailure);
    try {
      const result = await breaker.execute(work);
      this.#successes += 1;
      if (this.#policy === policy && breaker.state === states.Closed) this.reset();
      return result;
    } catch (error) {
      if (!(error instanceof Error && isBroken(error))) throw error;
      if (performance.now() - this.#openedAt < 2 * this.#limits.openMs) throw refusal(this.#lastFailure);
      // The wall clock, by which the time is counted, was set back.
      this.reset();
      return this.run(work, refusal);
    }
  }

  /** One that was made before anything had failed. */
  async #count(failure: unknown): Promise<void> {
    const created = this.#policy ?? (await this.#create());
    // Another may have failed meanwhile.
    const { breaker, states } = (this.#policy ??= created);
    if (breaker.state !== states.Closed) return;
    await Promise.allSettled([breaker.execute(() => Promise.reject(failure))]);
  }

  async #create(): Promise<Policy> {
    const { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen, isBrokenCircuitError } =
      await import('cockatiel');
    const counted = (error: unknown) => {
      const isFailure = this.#isFailure(error);
      if (isFailure) this.#lastFailure = error;
      return isFailure;
    };
    const { failures, openMs } = this.#limits;
    const breaker = circuitBreaker(handleWhen(counted), {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(failures),
    });
    breaker.onBreak(() => (this.#openedAt = performance.now()));
    return { breaker, states: CircuitState, isBroken: isBrokenCircuitError };
  }
}
