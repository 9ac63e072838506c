import type * as Cockatiel from 'cockatiel';

export interface BulkheadLimits {
  /** So many works run at once. */
  readonly atOnce: number;
  /** So many more wait for their turn, which is not always in the order they came. */
  readonly waiting: number;
}

interface Policy {
  readonly bulkhead: Cockatiel.BulkheadPolicy;
  readonly isRejected: typeof Cockatiel.isBulkheadRejectedError;
}

/** Bounds how many works run at once and how many wait. */
export class Bulkhead {
  readonly #limits: BulkheadLimits;
  #policy: Promise<Policy> | undefined;

  constructor(limits: BulkheadLimits) {
    this.#limits = limits;
  }

  /** Settles as `work`, which has to look itself whether it is still wanted; rejects with `refusal()` when there is no room. */
  async run<T>(work: () => Promise<T>, refusal: () => Error): Promise<T> {
    const { bulkhead, isRejected } = await (this.#policy ??= this.#create());
    try {
      return await bulkhead.execute(work);
    } catch (error) {
      throw error instanceof Error && isRejected(error) ? refusal() : error;
    }
  }

  async #create(): Promise<Policy> {
    const { bulkhead, isBulkheadRejectedError } = await import('cockatiel');
    const { atOnce, waiting } = this.#limits;
    return { bulkhead: bulkhead(atOnce, waiting), isRejected: isBulkheadRejectedError };
  }
}
