import type { CacheEntry } from './cache-entry.js';
import { EntryList } from './entry-list.js';

export interface ListPolicyOptions {
  /** Whether a use makes an entry the newest, or only a write does. */
  readonly movesOnUse: boolean;
  readonly evicts: 'oldest' | 'newest';
}

/** One list in the order of writing or of use: LRU, FIFO and MRU. */
export class ListPolicy {
  readonly #list = new EntryList();

  constructor(private readonly options: ListPolicyOptions) {}

  add(entry: CacheEntry): void {
    this.#list.push(entry);
  }

  use(entry: CacheEntry): void {
    if (this.options.movesOnUse) this.#list.moveToNewest(entry);
  }

  remove(entry: CacheEntry): void {
    this.#list.remove(entry);
  }

  evict(): CacheEntry | undefined {
    const entry = this.#list[this.options.evicts];
    if (entry) this.#list.remove(entry);
    return entry;
  }
}
