import type { CacheEntry } from './cache-entry.js';
import { EntryList } from './entry-list.js';
import { GhostKeys } from './ghost-keys.js';

/** The share of the bytes that new entries may have before they must have proven themselves. */
const smallShare = 0.1;
const mostUses = 3;

/**
 * S3-FIFO: a small queue for what is new, a main queue for what was used again, and the memory of keys that were given
 * up from the small one. What is read once leaves soon and takes nothing with it; a use only counts, so it is cheap.
 */
export class S3FifoPolicy {
  readonly #small = new EntryList();
  readonly #main = new EntryList();
  readonly #ghosts = new GhostKeys();
  #mainLength = 0;

  add(entry: CacheEntry, previous?: CacheEntry): void {
    if (previous) entry.uses = Math.min(mostUses, previous.uses + 1);
    const belongsToMain = previous ? previous.list === this.#main : this.#ghosts.take(entry.key);
    if (belongsToMain) this.#pushMain(entry);
    else this.#small.push(entry);
  }

  use(entry: CacheEntry): void {
    if (entry.uses < mostUses) entry.uses += 1;
  }

  remove(entry: CacheEntry): void {
    if (entry.list === this.#main) this.#mainLength -= 1;
    entry.list!.remove(entry);
  }

  evict(): CacheEntry | undefined {
    const entry = this.#victim();
    if (entry) this.#giveUp(entry);
    return entry;
  }

  /** Its queues move on as those did, so that a policy that was told the same stays the same. */
  givenUp(entry: CacheEntry): void {
    this.#victim();
    this.#giveUp(entry);
  }

  /** Whom it would give up next, once what is before was put where it belongs. */
  #victim(): CacheEntry | undefined {
    for (;;) {
      const newcomer = this.#small.oldest;
      const isSmallFull = this.#small.bytes > smallShare * (this.#small.bytes + this.#main.bytes);
      if (newcomer && (isSmallFull || !this.#main.oldest)) {
        if (newcomer.uses === 0) return newcomer;
        newcomer.uses = 0;
        this.#small.remove(newcomer);
        this.#pushMain(newcomer);
        continue;
      }
      const entry = this.#main.oldest;
      if (!entry || entry.uses === 0) return entry;
      entry.uses -= 1;
      this.#main.moveToNewest(entry);
    }
  }

  #giveUp(entry: CacheEntry): void {
    if (entry.list === this.#small) this.#ghosts.add(entry.key, this.#mainLength);
    this.remove(entry);
  }

  #pushMain(entry: CacheEntry): void {
    this.#main.push(entry);
    this.#mainLength += 1;
  }
}
