import type { CacheEntry } from './cache-entry.js';
import { EntryList } from './entry-list.js';

/** The entries that were used equally often, least recently used first. */
class Frequency extends EntryList {
  fewer: Frequency | undefined;
  more: Frequency | undefined;

  constructor(readonly uses: number) {
    super();
  }
}

/** Least frequently used first, among equals least recently used: a chain of lists, one for each count there is. */
export class LfuPolicy {
  /** Has no entries; the first after it has the least used ones. */
  readonly #start = new Frequency(0);

  add(entry: CacheEntry, previous?: CacheEntry): void {
    this.#put(entry, (previous?.uses ?? 0) + 1, this.#listNear(previous));
  }

  use(entry: CacheEntry): void {
    const from = entry.list as Frequency;
    const before = this.#take(entry) ? from : from.fewer!;
    this.#put(entry, entry.uses + 1, before);
  }

  remove(entry: CacheEntry): void {
    this.#take(entry);
  }

  evict(): CacheEntry | undefined {
    const entry = this.#start.more?.oldest;
    if (entry) this.#take(entry);
    return entry;
  }

  /** The list that an entry was on, or one before it: those without entries are in the chain no more. */
  #listNear(entry: CacheEntry | undefined): Frequency {
    let list = entry?.list as Frequency | undefined;
    while (list && !list.oldest) list = list.fewer;
    return list ?? this.#start;
  }

  /** `near` is a list of the chain with at most `uses`. */
  #put(entry: CacheEntry, uses: number, near: Frequency): void {
    let before = near;
    while (before.more && before.more.uses <= uses) before = before.more;
    entry.uses = uses;
    if (before.uses === uses) return before.push(entry);
    const frequency = new Frequency(uses);
    frequency.fewer = before;
    frequency.more = before.more;
    if (before.more) before.more.fewer = frequency;
    before.more = frequency;
    return frequency.push(entry);
  }

  /** Whether its list is still in the chain. */
  #take(entry: CacheEntry): boolean {
    const list = entry.list as Frequency;
    list.remove(entry);
    if (list.oldest) return true;
    list.fewer!.more = list.more;
    if (list.more) list.more.fewer = list.fewer;
    return false;
  }
}
