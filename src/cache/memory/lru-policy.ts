import type { CacheEntry } from './cache-entry.js';

/** Least recently used first: a doubly linked list through the entries, every step in constant time. */
export class LruPolicy {
  #oldest: CacheEntry | undefined;
  #newest: CacheEntry | undefined;

  add(entry: CacheEntry): void {
    entry.older = this.#newest;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  use(entry: CacheEntry): void {
    if (entry === this.#newest) return;
    this.remove(entry);
    this.add(entry);
  }

  remove(entry: CacheEntry): void {
    const { older, newer } = entry;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    entry.older = undefined;
    entry.newer = undefined;
  }

  victim(): CacheEntry | undefined {
    return this.#oldest;
  }
}
