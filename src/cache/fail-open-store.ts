import type { CredentialUser, Logger } from '../foundation/index.js';
import type { CacheStats } from './cache.js';
import { CacheError } from './cache-error.js';
import type { TakenLock } from './cache-lock.js';
import type { EntryTerms, FoundEntry } from './cache-store.js';
import type { LeaseAnswer, LeaseRequest, LoadedEntry, SharedStore } from './load/leasing-store.js';
import { SeldomLog } from './seldom-log.js';

/**
 * A store whose backend may be away: what is read then is a miss, what is written or deleted is lost, and nobody holds a
 * lock or keeps others from loading. Operations whose answer would be untrue (`setIfAbsent`, `getAndSet`, `increment`) and `stats` and `ping` fail as
 * ever. After a failure no lease is asked for and what was loaded without one is not stored until something succeeds: who
 * loads an entry has waited for the timeout once then. Logged once a minute, with how often it happened. Owns the store.
 */
export class FailOpenStore implements SharedStore {
  readonly name: string;
  readonly description: string;
  readonly #log: SeldomLog;
  #misses = 0;
  /** Whether the last answer was none. */
  #isAway = false;

  constructor(
    private readonly store: SharedStore,
    logger: Logger | undefined,
  ) {
    this.name = store.name;
    this.description = `${store.description} (fail-open)`;
    this.#log = new SeldomLog(logger, 'a cache is away; what is read is a miss, what is written is lost');
  }

  get maxBytes(): number | undefined {
    return this.store.maxBytes;
  }

  get credentialUsers(): readonly CredentialUser[] {
    return this.store.credentialUsers ?? [];
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#missing(1, this.store.get(key), undefined);
  }

  find(key: string): Promise<FoundEntry | undefined> {
    return this.#missing(1, this.store.find(key), undefined);
  }

  set(key: string, value: Uint8Array, terms?: EntryTerms): Promise<void> {
    return this.#open(this.store.set(key, value, terms), undefined);
  }

  delete(key: string): Promise<boolean> {
    return this.#open(this.store.delete(key), false);
  }

  exists(key: string): Promise<boolean> {
    return this.#open(this.store.exists(key), false);
  }

  setIfAbsent(key: string, value: Uint8Array, terms?: EntryTerms): Promise<boolean> {
    return this.store.setIfAbsent(key, value, terms);
  }

  getAndSet(key: string, value: Uint8Array): Promise<Uint8Array | undefined> {
    return this.store.getAndSet(key, value);
  }

  increment(key: string, by: number): Promise<number> {
    return this.store.increment(key, by);
  }

  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#missing(keys.length, this.store.getMany(keys), new Map());
  }

  findMany(keys: readonly string[]): Promise<ReadonlyMap<string, FoundEntry>> {
    return this.#missing(keys.length, this.store.findMany(keys), new Map());
  }

  setMany(entries: ReadonlyMap<string, Uint8Array>, terms?: EntryTerms): Promise<void> {
    return this.#open(this.store.setMany(entries, terms), undefined);
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#open(this.store.deleteMany(keys), 0);
  }

  clear(namespace?: string): Promise<void> {
    return this.#open(this.store.clear(namespace), undefined);
  }

  invalidateTags(tags: readonly string[]): Promise<void> {
    return this.#open(this.store.invalidateTags(tags), undefined);
  }

  lock(key: string, ttlMs: number): Promise<TakenLock | undefined> {
    return this.#open(this.store.lock(key, ttlMs), undefined);
  }

  extendLock(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#open(this.store.extendLock(key, token, ttlMs), false);
  }

  unlock(key: string, token: string): Promise<boolean> {
    return this.#open(this.store.unlock(key, token), false);
  }

  async lease(key: string, request: LeaseRequest, signal?: AbortSignal): Promise<LeaseAnswer> {
    if (this.#isAway) return { kind: 'load' };
    return this.#open(this.store.lease(key, request, signal), { kind: 'load' });
  }

  extendLease(key: string, token: string, ttlMs?: number): Promise<boolean> {
    return this.#open(this.store.extendLease(key, token, ttlMs), false);
  }

  async settle(key: string, token: string | undefined, loaded?: LoadedEntry): Promise<boolean> {
    if (this.#isAway && token === undefined) return false;
    return this.#open(this.store.settle(key, token, loaded), false);
  }

  async stats(): Promise<CacheStats> {
    const stats = await this.store.stats();
    return { ...stats, misses: stats.misses + this.#misses };
  }

  ping(): Promise<void> {
    return this.store.ping();
  }

  close(): Promise<void> {
    return this.store.close();
  }

  #missing<T>(count: number, work: Promise<T>, miss: T): Promise<T> {
    return this.#open(work, miss, () => (this.#misses += count));
  }

  async #open<T>(work: Promise<T>, instead: T, failed?: () => void): Promise<T> {
    try {
      const result = await work;
      this.#isAway = false;
      return result;
    } catch (error) {
      if (!isLost(error)) throw error;
      this.#isAway = error.code !== 'FULL';
      failed?.();
      this.#log.happened({ cache: this.name, error: error.message });
      return instead;
    }
  }
}

function isLost(error: unknown): error is CacheError {
  return error instanceof CacheError && ['CONNECTION', 'TIMEOUT', 'FULL'].includes(error.code);
}
