import { Deferred } from '../../foundation/index.js';
import type { Lease } from './lease.js';

/** Which credential the backends of a pool were logged in with: those of the current one are lent. */
export class Generations {
  readonly #retired = new Set<number>();
  #current = 0;
  #last = 0;
  #oneLeft = new Deferred<void>();

  get current(): number {
    return this.#current;
  }

  isCurrent({ generation }: Pick<Lease, 'generation'>): boolean {
    return generation === this.#current;
  }

  isRetired({ generation }: Pick<Lease, 'generation'>): boolean {
    return this.#retired.has(generation);
  }

  /** The next new one by default. */
  switchTo(generation = this.#last + 1): void {
    this.#last = Math.max(this.#last, generation);
    this.#current = generation;
  }

  retireOthers(): void {
    for (let other = 0; other <= this.#last; other += 1) if (other !== this.#current) this.#retired.add(other);
  }

  left(lease: Lease): void {
    if (!this.isRetired(lease)) return;
    this.#oneLeft.resolve();
    this.#oneLeft = new Deferred();
  }

  /** Resolves when none of `leases` is of a retired generation. */
  async retiredLeft(leases: ReadonlySet<Lease>): Promise<void> {
    while ([...leases].some((lease) => this.isRetired(lease))) await this.#oneLeft.promise;
  }
}
