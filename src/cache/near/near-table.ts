import type { FoundEntry } from '../cache-store.js';
import { entryBytes } from '../memory/cache-entry.js';
import { defaultPolicy, evictionPolicies } from '../memory/eviction-policy.js';
import { MemoryTable } from '../memory/memory-table.js';
import type { NearLimits } from './near-limits.js';

/** The end of the entry, a number of 64 bits, stands before its value. */
const headBytes = 8;

/** Entries near their reader: each until its own time is over, never more than the bounds allow. */
export class NearTable {
  readonly #maxBytes: number;
  readonly #now: () => number;
  readonly #table: MemoryTable;
  /** What the clock shows the table while an entry is put in. */
  #askedAt: number | undefined;

  constructor({ maxBytes, maxEntries }: NearLimits, name: string, now: () => number) {
    this.#maxBytes = maxBytes;
    this.#now = now;
    const policy = evictionPolicies[defaultPolicy]();
    const clock = () => this.#askedAt ?? now();
    this.#table = new MemoryTable({ name, maxBytes, maxEntries, policy, evicts: true, now: clock });
  }

  /** How often something was found. */
  get hits(): number {
    return this.#table.stats().hits;
  }

  /** Not to be written to. */
  get(key: string): Uint8Array | undefined {
    return this.#table.get(key)?.subarray(headBytes);
  }

  find(key: string): FoundEntry | undefined {
    const held = this.#table.get(key);
    if (!held) return undefined;
    const end = new DataView(held.buffer, held.byteOffset).getFloat64(0);
    return { value: held.subarray(headBytes), leftMs: end - this.#now() };
  }

  /**
   * Keeps what was asked for at that time, and is valid for `keptMs` from then; not at all when it is larger than
   * everything. The process may have been stopped since, so the time it is now is not looked at.
   */
  set(key: string, { value, leftMs }: FoundEntry, askedAt: number, keptMs: number): void {
    const held = new Uint8Array(headBytes + value.byteLength);
    if (entryBytes(key, held) > this.#maxBytes) return;
    new DataView(held.buffer).setFloat64(0, askedAt + leftMs);
    held.set(value, headBytes);
    this.#askedAt = askedAt;
    try {
      this.#table.set(key, held, keptMs);
    } finally {
      this.#askedAt = undefined;
    }
  }

  delete(key: string): void {
    this.#table.delete(key);
  }

  clear(): void {
    this.#table.clear();
  }
}
