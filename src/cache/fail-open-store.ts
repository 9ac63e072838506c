import type { CredentialUser, Logger } from '../foundation/index.js';
import type { CacheStats } from './cache.js';
import { CacheError } from './cache-error.js';
import type { TakenLock } from './cache-lock.js';
import type { EntryTerms, FoundEntry } from './cache-store.js';
import type { LeaseAnswer, LeaseRequest, LoadedEntry, SharedStore } from './load/leasing-store.js';
import { SeldomLog } from './seldom-log.js';

/** So many are remembered: those whose values are being loaded, and what nobody loads. */
const mostUnread = 10_000;

/**
 * A store whose backend may be away: what is read then is a miss, what is written or deleted is lost, and nobody holds a
 * lock or keeps others from loading. Operations whose answer would be untrue (`setIfAbsent`, `getAndSet`, `increment`) and
 * `stats` and `ping` fail as ever. Of a key that could not be read no lease is asked for, and what is loaded is not stored,
 * nor where the lease came too late: its caller has waited for the timeout once. Logged once a minute, with how often it
 * happened. Owns the store.
 */
export class FailOpenStore implements SharedStore {
  readonly name: string;
  readonly description: string;
  readonly #log: SeldomLog;
  #misses = 0;
  /** Keys whose last read failed, or the lease for their load came too late. */
  readonly #unread = new Set<string>();

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
    return this.#reading(key, this.store.get(key));
  }

  find(key: string): Promise<FoundEntry | undefined> {
    return this.#reading(key, this.store.find(key));
  }

  set(key: string, value: Uint8Array, terms?: EntryTerms): Promise<void> {
    return this.#open(this.#written([key], this.store.set(key, value, terms)), undefined);
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
    return this.#open(this.#written([...entries.keys()], this.store.setMany(entries, terms)), undefined);
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
    if (this.#unread.has(key)) return { kind: 'load' };
    const late = (error: CacheError) => void (error.code === 'TIMEOUT' && this.#willNotStore(key));
    return this.#open<LeaseAnswer>(this.store.lease(key, request, signal), { kind: 'load' }, late);
  }

  extendLease(key: string, token: string, ttlMs?: number): Promise<boolean> {
    return this.#open(this.store.extendLease(key, token, ttlMs), false);
  }

  async settle(key: string, token: string | undefined, loaded?: LoadedEntry): Promise<boolean> {
    if (token === undefined && this.#unread.delete(key)) return false;
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

  #reading<T>(key: string, work: Promise<T>): Promise<T | undefined> {
    return this.#open<T | undefined>(work, undefined, () => this.#couldNotRead(key), key);
  }

  #couldNotRead(key: string): void {
    this.#misses += 1;
    this.#willNotStore(key);
  }

  #willNotStore(key: string): void {
    if (this.#unread.size >= mostUnread) {
      const [oldest] = this.#unread;
      this.#unread.delete(oldest!);
    }
    this.#unread.add(key);
  }

  #missing<T>(count: number, work: Promise<T>, miss: T): Promise<T> {
    return this.#open(work, miss, () => (this.#misses += count));
  }

  /** Where there is no room for new values the old ones, which nobody is told are still there, go. */
  async #written(keys: readonly string[], work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (error instanceof CacheError && error.code === 'FULL') await this.store.deleteMany(keys);
      throw error;
    }
  }

  /** `key`: the one that is read by it. */
  async #open<T>(work: Promise<T>, instead: T, failed?: (error: CacheError) => void, key?: string): Promise<T> {
    try {
      const result = await work;
      if (key !== undefined && this.#unread.size > 0) this.#unread.delete(key);
      return result;
    } catch (error) {
      if (!isAway(error)) throw error;
      failed?.(error);
      this.#log.happened({ cache: this.name, error: error.message });
      return instead;
    }
  }
}

function isAway(error: unknown): error is CacheError {
  return error instanceof CacheError && ['CONNECTION', 'TIMEOUT', 'FULL'].includes(error.code);
}
