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

  /** Failures that `isFailure` says no to are passed on and count for nothing. */
  constructor(limits: BreakerLimits, isFailure: (error: unknown) => boolean) {
    this.#limits = limits;
    this.#isFailure = isFailure;
  }

  /** Settles as `work`; rejects with `refusal` of the last failure while calls are not made. */
  async run<T>(work: () => Promise<T>, refusal: (lastFailure: unknown) => Error): Promise<T> {
    const policy = this.#policy;
    if (policy) return this.#guarded(policy, work, refusal);
    try {
      return await work();
    } catch (error) {
      if (this.#isFailure(error)) await this.#count(error);
      throw error;
    }
  }

  /** What failed is over: calls are made again, as if none had failed. */
  reset(): void {
    this.#policy = undefined;
  }

  async #guarded<T>(policy: Policy, work: () => Promise<T>, refusal: (lastFailure: unknown) => Error): Promise<T> {
    const { breaker, states, isBroken } = policy;
    // While one call tries, the others are not made to wait for it.
    if (breaker.state === states.HalfOpen) throw refusal(this.#lastFailure);
    try {
      const result = await breaker.execute(work);
      if (this.#policy === policy && breaker.state === states.Closed) this.reset();
      return result;
    } catch (error) {
      throw error instanceof Error && isBroken(error) ? refusal(this.#lastFailure) : error;
    }
  }

  /** One that was made before anything had failed. */
  async #count(error: unknown): Promise<void> {
    const created = this.#policy ?? (await this.#create());
    // Another may have failed meanwhile.
    const { breaker, states } = (this.#policy ??= created);
    if (breaker.state === states.Closed) await breaker.execute(() => Promise.reject(error)).catch(() => undefined);
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
    return { breaker, states: CircuitState, isBroken: isBrokenCircuitError };
  }
}
