import type { BulkheadPolicy } from 'cockatiel';

export interface BulkheadLimits {
  /** So many works run at once. */
  readonly atOnce: number;
  /** So many more wait for their turn, which is not always in the order they came. */
  readonly waiting: number;
}

/** Bounds how many works run at once and how many wait. */
export class Bulkhead {
  readonly #limits: BulkheadLimits;
  #policy: Promise<BulkheadPolicy> | undefined;

  constructor(limits: BulkheadLimits) {
    this.#limits = limits;
  }

  /** Settles as `work`, which has to look itself whether it is still wanted; rejects with `refusal()` when there is no room. */
  async run<T>(work: () => Promise<T>, refusal: () => Error): Promise<T> {
    const policy = await (this.#policy ??= this.#create());
    let isBegun = false;
    try {
      return await policy.execute(() => {
        isBegun = true;
        return work();
      });
    } catch (error) {
      throw isBegun ? error : refusal();
    }
  }

  async #create(): Promise<BulkheadPolicy> {
    const { bulkhead } = await import('cockatiel');
    const { atOnce, waiting } = this.#limits;
    return bulkhead(atOnce, waiting);
  }
}
