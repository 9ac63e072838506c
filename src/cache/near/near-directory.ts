import { sleep } from '../../foundation/index.js';
import type { ChangedKeys } from './changed-keys.js';
import { NearHolder } from './near-holder.js';
import { leaseMs, type NearGrants, type NearLimits } from './near-limits.js';

/**
 * Which modules hold what of one shared cache. A write is done when it has been applied and then every module that held
 * one of its keys has confirmed that it forgot it, or cannot answer for it any more. Afterwards, not before: a module that
 * reads between the two would keep the old value again. Whoever reads after the write was applied takes a lease first and
 * finds the new value, or took it before and is told to forget.
 */
export class NearDirectory {
  readonly #grants: NearGrants;
  readonly #holders = new Set<NearHolder>();
  /** Before this the module of an orchestrator before may answer for anything. */
  readonly #heldUntil: number;

  constructor(grants: NearGrants) {
    this.#grants = grants;
    this.#heldUntil = grants.mayOutlive ? performance.now() + leaseMs : -Infinity;
  }

  limitsOf(moduleId: string): NearLimits | undefined {
    return this.#grants.modules.get(moduleId);
  }

  /** What keeps the books of one module's connection; it closes it. */
  open({ maxEntries }: NearLimits): NearHolder {
    for (const holder of this.#holders) if (holder.isGone) this.#holders.delete(holder);
    const holder = new NearHolder({ maxEntries });
    this.#holders.add(holder);
    return holder;
  }

  /** Settles as the write does: well, once nobody answers with what it changed; badly, at once. */
  async after<T>(write: Promise<T>, changed: ChangedKeys): Promise<T> {
    let result: T;
    try {
      result = await write;
    } catch (error) {
      // It may have been done all the same.
      void this.#forgotten(changed);
      throw error;
    }
    await this.#forgotten(changed);
    return result;
  }

  async #forgotten(changed: ChangedKeys): Promise<void> {
    const waits: Promise<void>[] = [];
    for (const holder of this.#holders) {
      const forgotten = holder.forget(changed);
      if (forgotten) waits.push(forgotten);
      else if (holder.isGone) this.#holders.delete(holder);
    }
    const heldForMs = this.#heldUntil - performance.now();
    if (heldForMs > 0) waits.push(sleep(Math.ceil(heldForMs) + 1));
    if (waits.length > 0) await Promise.all(waits);
  }
}
