import type { CacheEntry } from './cache-entry.js';

/** The entries that have a ttl, the next to expire on top: a binary heap whose entries know their place. */
export class ExpiryHeap {
  readonly #heap: CacheEntry[] = [];

  /** The entry that expires next. */
  get first(): CacheEntry | undefined {
    return this.#heap[0];
  }

  /** Takes the entry in if it has a ttl. */
  add(entry: CacheEntry): void {
    if (entry.expiresAt === Infinity) return;
    this.#heap.push(entry);
    this.#rise(entry, this.#heap.length - 1);
  }

  /** Lets the entry go; harmless when it is not here. */
  remove(entry: CacheEntry): void {
    const index = entry.heapIndex;
    if (index === -1) return;
    entry.heapIndex = -1;
    const last = this.#heap.pop()!;
    if (last === entry) return;
    this.#rise(last, index);
    this.#sink(last, last.heapIndex);
  }

  #rise(entry: CacheEntry, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex]!;
      if (parent.expiresAt <= entry.expiresAt) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(entry, index);
  }

  #sink(entry: CacheEntry, from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= this.#heap.length) break;
      const right = left + 1;
      const rightIsSooner = right < this.#heap.length && this.#heap[right]!.expiresAt < this.#heap[left]!.expiresAt;
      const childIndex = rightIsSooner ? right : left;
      const child = this.#heap[childIndex]!;
      if (child.expiresAt >= entry.expiresAt) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(entry, index);
  }

  #place(entry: CacheEntry, index: number): void {
    this.#heap[index] = entry;
    entry.heapIndex = index;
  }
}
