import type { CacheEntry } from './cache-entry.js';

/** Entries in the order they were put in: a doubly linked list through the entries, every step in constant time. */
export class EntryList {
  #oldest: CacheEntry | undefined;
  #newest: CacheEntry | undefined;
  #bytes = 0;

  get oldest(): CacheEntry | undefined {
    return this.#oldest;
  }

  get newest(): CacheEntry | undefined {
    return this.#newest;
  }

  /** What its entries hold. */
  get bytes(): number {
    return this.#bytes;
  }

  push(entry: CacheEntry): void {
    entry.list = this;
    entry.older = this.#newest;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
    this.#bytes += entry.sizeBytes;
  }

  /** Takes an entry off; its `list` goes on telling where it was. */
  remove(entry: CacheEntry): void {
    const { older, newer } = entry;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    entry.older = undefined;
    entry.newer = undefined;
    this.#bytes -= entry.sizeBytes;
  }

  moveToNewest(entry: CacheEntry): void {
    if (entry === this.#newest) return;
    this.remove(entry);
    this.push(entry);
  }
}
