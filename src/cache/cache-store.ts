import type { CredentialUser } from '../foundation/index.js';
import type { CacheStats } from './cache.js';
import type { TakenLock } from './cache-lock.js';

/** How an entry is written. */
export interface EntryTerms {
  /** Whole milliseconds; the store's default ttl when undefined, gone at once when 0. */
  readonly ttlMs?: number | undefined;
  /** Names under which it can be invalidated. */
  readonly tags?: readonly string[] | undefined;
}

/** An entry with the rest of its time. */
export interface FoundEntry {
  readonly value: Uint8Array;
  /** How many milliseconds it lives on, above 0; Infinity without a ttl. */
  readonly leftMs: number;
}

/** One of several that were read at once. 'apart': it has to be read by itself. */
export type ReadValue = Uint8Array | undefined | 'apart';

/**
 * What a backend does: bytes by key. `StoreCache` makes a `Cache` of any store, and the broker serves any store to
 * modules, so a backend is this one interface. Keys and namespaces are checked before they come here.
 *
 * A store does not keep the bytes it is given and does not want those it returns written to.
 * All methods reject with CacheError, CLOSED once closed; a call that fails changes nothing. See `Cache` for the rest.
 */
export interface CacheStore {
  /** The name of the cache in the configuration; messages carry it. */
  readonly name: string;
  /** What it is, for people: `memory (lru, 10mb)`. Never an address with credentials. */
  readonly description: string;
  /** The bound on all of its entries together, where it has one of its own: no value may be larger. */
  readonly maxBytes?: number | undefined;
  /** Where values travel in messages: no message, and so no value, may be larger. */
  readonly maxMessageBytes?: number | undefined;
  /** Where it logs in with secrets that may be rotated. */
  readonly credentialUsers?: readonly CredentialUser[] | undefined;

  get(key: string): Promise<Uint8Array | undefined>;
  /** What `get` gives for each, of one key at least, by one operation; left out where there is none for that. */
  readonly getEach?: ((keys: readonly string[]) => Promise<readonly ReadValue[]>) | undefined;
  /** As `get`, and counted as one. */
  find(key: string): Promise<FoundEntry | undefined>;
  set(key: string, value: Uint8Array, terms?: EntryTerms): Promise<void>;
  delete(key: string): Promise<boolean>;
  exists(key: string): Promise<boolean>;
  setIfAbsent(key: string, value: Uint8Array, terms?: EntryTerms): Promise<boolean>;
  getAndSet(key: string, value: Uint8Array): Promise<Uint8Array | undefined>;
  /** Adds to a decimal integer in ASCII; both are safe integers. */
  increment(key: string, by: number): Promise<number>;
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  setMany(entries: ReadonlyMap<string, Uint8Array>, terms?: EntryTerms): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<number>;
  /** Removes everything, or the keys that start with `<namespace>:`. */
  clear(namespace?: string): Promise<void>;
  /** Removes every entry written with one of the tags; counted as deletes. */
  invalidateTags(tags: readonly string[]): Promise<void>;
  /** Takes the lock when nobody holds it; undefined when somebody does. Locks are apart from entries of the same key. */
  lock(key: string, ttlMs: number): Promise<TakenLock | undefined>;
  /** Whether it was still held with this token. */
  extendLock(key: string, token: string, ttlMs: number): Promise<boolean>;
  unlock(key: string, token: string): Promise<boolean>;
  stats(): Promise<CacheStats>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
