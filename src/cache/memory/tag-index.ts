import type { CacheEntry } from './cache-entry.js';

/** Which entries were written with which tag. Only tags of living entries are in it. */
export class TagIndex {
  readonly #entries = new Map<string, Set<CacheEntry>>();

  /** Takes the entry in if it has tags. */
  add(entry: CacheEntry): void {
    for (const tag of entry.tags) {
      const tagged = this.#entries.get(tag);
      if (tagged) tagged.add(entry);
      else this.#entries.set(tag, new Set([entry]));
    }
  }

  remove(entry: CacheEntry): void {
    for (const tag of entry.tags) {
      const tagged = this.#entries.get(tag);
      if (tagged?.delete(entry) && tagged.size === 0) this.#entries.delete(tag);
    }
  }

  /** As they are now: what is removed meanwhile stays in the list. */
  entriesOf(tag: string): readonly CacheEntry[] {
    return [...(this.#entries.get(tag) ?? [])];
  }
}
