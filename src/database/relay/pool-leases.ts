import { Generations } from './generations.js';
import type { Lease } from './lease.js';

/**
 * The backends that a pool has. Those of another generation leave their holder as they become free: unused while they may
 * be needed again, closed once their generation is retired.
 */
export class PoolLeases implements Iterable<Lease> {
  readonly generations = new Generations();
  readonly #leases = new Set<Lease>();

  get size(): number {
    return this.#leases.size;
  }

  [Symbol.iterator](): Iterator<Lease> {
    return this.#leases[Symbol.iterator]();
  }

  has(lease: Lease): boolean {
    return this.#leases.has(lease);
  }

  add(lease: Lease): void {
    this.#leases.add(lease);
  }

  /** It counts for nothing until it is added again. */
  setAside(lease: Lease): void {
    this.#leases.delete(lease);
  }

  /** Those that a module holds, those included that it does not need at the moment. */
  heldBy(owner: string): number {
    let held = 0;
    for (const lease of this.#leases) if (lease.owner === owner && lease.holder !== undefined) held += 1;
    return held;
  }

  /** It is gone, or about to go. */
  remove(lease: Lease): void {
    lease.holder = undefined;
    this.#leases.delete(lease);
    this.generations.left(lease);
  }

  /** Closes it. */
  discard(lease: Lease): void {
    lease.holder?.detached();
    this.remove(lease);
    lease.backend.destroy();
  }

  /** Closes those that are free and were last used before. */
  discardUnused(before: number): void {
    for (const lease of this.#leases) if (lease.isFree && lease.lastUsed < before) this.discard(lease);
  }

  /** One of another generation leaves its holder, and the pool when that is over. */
  settle(lease: Lease): void {
    if (!lease.isFree || this.generations.isCurrent(lease)) return;
    if (this.generations.isRetired(lease)) return this.discard(lease);
    lease.holder?.detached();
    lease.holder = undefined;
  }

  switchTo(generation?: number): void {
    this.generations.switchTo(generation);
    for (const lease of this.#leases) this.settle(lease);
  }

  retireOthers(): void {
    this.generations.retireOthers();
    for (const lease of this.#leases) this.settle(lease);
  }

  /** Resolves when none of a retired generation is left. */
  retiredLeft(): Promise<void> {
    return this.generations.retiredLeft(this.#leases);
  }
}
