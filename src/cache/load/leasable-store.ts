import type { TakenLock } from '../cache-lock.js';
import type { CacheStore, EntryTerms, FoundEntry } from '../cache-store.js';

/** An entry, or the lack of it, as it was when a load of it began. What else a backend puts into it is its own. */
export interface EntryMark {
  readonly isPresent: boolean;
}

/** What holds a load together from its begin to its end. */
export interface HeldLease<M extends EntryMark = EntryMark> {
  /** Of the lock, `leaseLock(key)`. */
  readonly token: string;
  readonly tags: readonly string[];
  readonly mark: M;
  /** Whether this process has ended it. */
  readonly isEnded: boolean;
}

/**
 * A backend whose entries can be loaded under leases. Between its lock and its mark it has to notice whatever others do to
 * the entry meanwhile, in whatever process: to end the lock, or to find the entry changed.
 */
export interface LeasableStore<M extends EntryMark = EntryMark> extends CacheStore {
  /** As `getMany`, with the rest of their time. */
  findMany(keys: readonly string[]): Promise<ReadonlyMap<string, FoundEntry>>;
  /** `tags` are those of an entry that is loaded under the lock: an invalidation of one of them may end it. */
  lock(key: string, ttlMs: number, tags?: readonly string[]): Promise<TakenLock | undefined>;
  /** With the tags that it was taken with. */
  extendLock(key: string, token: string, ttlMs: number, tags?: readonly string[]): Promise<boolean>;
  /** Of an entry that is to be loaded with these tags. Not counted, and no use of the entry. */
  mark(key: string, tags: readonly string[]): Promise<M>;
  /**
   * Writes the entry and frees the lock, unless that is held no more or somebody has written the entry since it was marked.
   * An entry that is gone meanwhile is written.
   */
  storeLoaded(key: string, value: Uint8Array, terms: EntryTerms, lease: HeldLease<M>): Promise<boolean>;
}
