import type { TakenLock } from '../cache-lock.js';
import type { CacheStore, EntryTerms } from '../cache-store.js';

/** An entry, or the lack of it, as it was when a load of it began. What else a backend puts into it is its own. */
export interface EntryMark {
  readonly isPresent: boolean;
}

/**
 * A backend whose entries can be loaded under leases. Between its lock and its mark it has to notice whatever others do to
 * the entry meanwhile, in whatever process: to end the lock, or to find the entry changed.
 */
export interface LeasableStore<M extends EntryMark = EntryMark> extends CacheStore {
  /** `tags` are those of an entry that is loaded under the lock: an invalidation of one of them may end it. */
  lock(key: string, ttlMs: number, tags?: readonly string[]): Promise<TakenLock | undefined>;
  /** With the tags that it was taken with. */
  extendLock(key: string, token: string, ttlMs: number, tags?: readonly string[]): Promise<boolean>;
  /** Of an entry that is to be loaded with these tags. Not counted, and no use of the entry. */
  mark(key: string, tags: readonly string[]): Promise<M>;
  /** Writes the entry unless somebody has written it since it was marked; one that is gone meanwhile is written. */
  setIfUnchanged(key: string, value: Uint8Array, terms: EntryTerms, mark: M): Promise<boolean>;
}
