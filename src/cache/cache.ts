import { type InjectDecorator, injectKey, resourceToken, type Token } from '../container/index.js';
import type { Duration } from '../foundation/index.js';
import type { CacheLock, CacheLockOptions } from './cache-lock.js';

/** How an entry is written. */
export interface CacheWriteOptions {
  /**
   * How long the entry lives, to the millisecond; the cache's default ttl when left out. `'0ms'` is gone at once. A
   * plain Rust orchestrator knows whole seconds only: there the ttl is rounded up.
   */
  readonly ttl?: Duration | undefined;
  /** At most 64 names, such as `user:7`, under which `invalidateTags` removes the entry; text like a key. */
  readonly tags?: readonly string[] | undefined;
}

/** How `getOrSet` loads and keeps an entry. Of callers who ask for one key at once those of the first hold. */
export interface CacheLoadOptions extends CacheWriteOptions {
  /** How long `load`, and waiting for somebody else's, may take before all waiting callers fail with TIMEOUT. Default 30 s. */
  readonly timeout?: Duration | undefined;
  /**
   * How much longer than `ttl`, which it needs beside it, the entry is kept: who finds it then gets it at once, stale,
   * while one caller loads it anew in the background. When that fails the stale value is served until its end. Every other
   * method takes the entry for one like any other. Default none; without effect under a plain Rust orchestrator, and in a
   * cache that slides but for the longer life: there every read makes the entry fresh again.
   */
  readonly staleFor?: Duration | undefined;
  /** Instead of `ttl` for a `null` that was loaded: how long it is remembered that there is nothing. */
  readonly negativeTtl?: Duration | undefined;
  /** From 0 to below 1: the largest share of the ttl, chosen at random, that an entry lives shorter. Needs a `ttl`. Default 0. */
  readonly jitter?: number | undefined;
}

export interface CacheLoadContext {
  /** Aborts when nobody waits for the value any more: the time is over, or the cache is closed. */
  readonly signal: AbortSignal;
}

/**
 * Counted since the cache was opened, exactly, over everybody who shares it in this process, or in that of the
 * orchestrator. On Redis evictions and expirations are the server's own counts for all who use it, since `stats` was
 * first called.
 */
export interface CacheStats {
  /** Keys found by get, getMany and getAndSet and their raw forms. `exists` and `increment` count as neither. */
  readonly hits: number;
  readonly misses: number;
  /** Values written, by whatever method. */
  readonly sets: number;
  /** Entries removed by delete, deleteMany, clear and invalidateTags. */
  readonly deletes: number;
  /** Entries that gave way to others because the cache was full. */
  readonly evictions: number;
  /** Entries whose ttl ran out. */
  readonly expirations: number;
  /** Living entries now; on Redis those found by a walk through the keys, which takes as long as there are many. */
  readonly entries: number;
  /** What they hold: keys and values in bytes, and the backend's fixed overhead for each. */
  readonly bytes: number;
}

export type CacheEntries = Iterable<readonly [key: string, value: unknown]> | Readonly<Record<string, unknown>>;

/**
 * A cache, the same whether the module holds it or the orchestrator does. Values are stored as JSON: what comes back
 * is what `JSON.parse` makes of them. What JSON cannot hold (undefined, bigint, functions, NaN, Map, Set, bytes, cycles)
 * is refused with CacheError SERIALIZATION.
 *
 * Keys are any well-formed Unicode text but the empty one (else OPERATION). What stands before the first `:` of a key
 * is its namespace.
 *
 * Every method rejects with a `CacheError`: CLOSED after `close`, CONNECTION, TIMEOUT and ACCESS_DENIED as the backend
 * or the orchestrator answers; a malformed `ttl` rejects with a `ValueError`. A call that fails changes nothing.
 */
export interface Cache {
  /** The value, or undefined. SERIALIZATION when the entry holds raw bytes that are not JSON. */
  get<T>(key: string): Promise<T | undefined>;
  /** Stores a value. FULL when it is larger than the whole cache; the old value then stays. */
  set(key: string, value: unknown, options?: CacheWriteOptions): Promise<void>;
  /**
   * The value, or what `load` makes, stored for the next caller. However many callers wait, in all processes that share
   * the cache, one `load` runs; under a plain Rust orchestrator, and while a fail-open cache is away, one in each process.
   * If it fails, the callers of its process fail with its error and nothing is stored; another process then loads for its
   * own. A `load` whose process dies is replaced within 5 s. Who finds nothing loads `null`; undefined is refused. A `load`
   * that waits for itself, by asking for its own key or by way of others of this process, fails with OPERATION.
   *
   * A write or delete of the key, or an invalidation of one of the tags, while it runs wins over its result, whoever of
   * all who share the cache does it.
   * Each caller gets a copy of its own, as `get` would give it. OPERATION for options that cannot be meant.
   */
  getOrSet<T>(key: string, load: (context: CacheLoadContext) => Promise<T>, options?: CacheLoadOptions): Promise<T>;
  /** Whether there was something to delete. */
  delete(key: string): Promise<boolean>;
  /** Whether the key has a value. Does not count as a use of it. */
  exists(key: string): Promise<boolean>;
  /** Stores the value if the key has none; whether it did. Atomic. */
  setIfAbsent(key: string, value: unknown, options?: CacheWriteOptions): Promise<boolean>;
  /** Stores the value, with the default ttl and no tags, and returns the one before. Atomic. */
  getAndSet<T>(key: string, value: unknown): Promise<T | undefined>;
  /**
   * Adds `by` (default 1) to an integer and returns the sum. Atomic. A missing key counts from 0 and gets the default
   * ttl; an existing one keeps its ttl and tags. OPERATION when the value or `by` is not an integer or the sum is beyond 2^53 - 1.
   */
  increment(key: string, by?: number): Promise<number>;
  decrement(key: string, by?: number): Promise<number>;
  /** The values found, in the order of `keys`; missing keys are left out. */
  getMany<T>(keys: readonly string[]): Promise<Map<string, T>>;
  /** Stores all of them with the same ttl and tags, or, when one cannot be stored, none. */
  setMany(entries: CacheEntries, options?: CacheWriteOptions): Promise<void>;
  /** How many of the keys had a value. */
  deleteMany(keys: readonly string[]): Promise<number>;
  /** Removes everything, or every key of one namespace, and nothing else. OPERATION when the namespace contains `:`. */
  clear(options?: { readonly namespace?: string | undefined }): Promise<void>;

  /**
   * Removes every entry whose last write named one of the tags. OPERATION under an orchestrator that has no tags; it
   * refuses writes with tags, too.
   */
  invalidateTags(tags: readonly string[]): Promise<void>;
  /** As `clear()`: everything, in all namespaces. */
  flush(): Promise<void>;
  /**
   * Takes the lock of that name, which is apart from entries; null when somebody else holds it, after `wait` at the
   * latest. At most one holder at a time, over everybody who shares the cache.
   */
  lock(key: string, options: CacheLockOptions): Promise<CacheLock | null>;

  /** The stored bytes as they are, also those that other languages wrote; a copy. */
  getBytes(key: string): Promise<Uint8Array | undefined>;
  /** The stored bytes as UTF-8 text, not parsed. SERIALIZATION when they are not UTF-8. */
  getString(key: string): Promise<string | undefined>;
  /** Stores bytes as they are; they are copied. */
  setBytes(key: string, value: Uint8Array, options?: CacheWriteOptions): Promise<void>;
  /** Stores text as UTF-8, without the quotes of JSON. */
  setString(key: string, value: string, options?: CacheWriteOptions): Promise<void>;

  stats(): Promise<CacheStats>;
  /** Resolves when the backend answers. */
  ping(): Promise<void>;
  /** Ends this handle; a cache that others share lives on. Idempotent. */
  close(): Promise<void>;
}

/** The token of a cache by the name it has in the configuration. */
export function cacheToken(name = 'default'): Token<Cache> {
  return resourceToken<Cache>({ kind: 'cache', name });
}

/** Injects the cache of that name, into a constructor parameter or a property. */
export function InjectCache(name = 'default'): InjectDecorator {
  return injectKey('@InjectCache', cacheToken(name));
}
