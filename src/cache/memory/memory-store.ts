import type { CacheStats } from '../cache.js';
import { CacheError } from '../cache-error.js';
import type { TakenLock } from '../cache-lock.js';
import type { EntryTerms, FoundEntry } from '../cache-store.js';
import { foundKeys } from '../found-keys.js';
import type { EntryMark, HeldLease, LeasableStore } from '../load/leasable-store.js';
import { leaseLock } from '../load/lease-lock.js';
import { defaultPolicy, evictionPolicies, type EvictionPolicyName } from './eviction-policy.js';
import { MemoryLocks } from './memory-locks.js';
import { MemoryTable } from './memory-table.js';

export interface MemoryStoreOptions {
  readonly name: string;
  /** The bound on keys, values and `entryOverheadBytes` for each entry. Default 10 MiB. */
  readonly maxBytes?: number | undefined;
  /** A bound on the number of entries, too. Default none. */
  readonly maxEntries?: number | undefined;
  /** For entries written without a ttl. Default: they live until they are evicted. */
  readonly defaultTtlMs?: number | undefined;
  /** Whether reading an entry gives it its ttl anew. Default false. */
  readonly slides?: boolean | undefined;
  /** Default `s3-fifo`. */
  readonly policy?: EvictionPolicyName | undefined;
  /** The clock, in milliseconds; monotonic by default. */
  readonly now?: (() => number) | undefined;
}

export const defaultMaxBytes = 10 * 1024 ** 2;

const collectEveryMs = 1_000;
const collectAtOnce = 5_000;

/**
 * A cache in this process's memory. While entries with a ttl are in it, a timer gives the memory of expired ones back
 * once a second, a bounded number at a time; it never keeps the process alive and ends with `close`.
 */
export class MemoryStore implements LeasableStore {
  readonly name: string;
  readonly description: string;
  readonly maxBytes: number;
  #table: MemoryTable | undefined;
  readonly #locks: MemoryLocks;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MemoryStoreOptions) {
    const {
      name,
      maxBytes = defaultMaxBytes,
      maxEntries,
      defaultTtlMs,
      slides = false,
      policy = defaultPolicy,
    } = options;
    const { now = () => performance.now() } = options;
    this.name = name;
    this.maxBytes = maxBytes;
    this.#locks = new MemoryLocks(now);
    this.description = `memory (${boundsText({ policy, maxBytes, maxEntries, defaultTtlMs, slides })})`;
    this.#table = new MemoryTable({
      name,
      maxBytes,
      maxEntries,
      defaultTtlMs,
      slides,
      policy: evictionPolicies[policy](),
      evicts: policy !== 'none',
      now,
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#open().get(key);
  }

  async find(key: string): Promise<FoundEntry | undefined> {
    return this.#open().find(key);
  }

  async set(key: string, value: Uint8Array, terms?: EntryTerms): Promise<void> {
    this.#open().set(key, copyOf(value), terms?.ttlMs, terms?.tags);
    this.#collectLater();
  }

  async delete(key: string): Promise<boolean> {
    return this.#open().delete(key);
  }

  async exists(key: string): Promise<boolean> {
    return this.#open().has(key);
  }

  async setIfAbsent(key: string, value: Uint8Array, terms?: EntryTerms): Promise<boolean> {
    const isAbsent = !this.#open().has(key);
    if (isAbsent) await this.set(key, value, terms);
    return isAbsent;
  }

  /** Writes pass through who gives the leases, who ends them. */
  async mark(key: string): Promise<EntryMark> {
    return { isPresent: this.#open().has(key) };
  }

  async storeLoaded(key: string, value: Uint8Array, terms: EntryTerms, { token, mark }: HeldLease): Promise<boolean> {
    const isNew = !mark.isPresent && this.#open().has(key);
    if (isNew || !this.#locks.release(leaseLock(key), token)) return false;
    await this.set(key, value, terms);
    return true;
  }

  async getAndSet(key: string, value: Uint8Array): Promise<Uint8Array | undefined> {
    const table = this.#open();
    table.checkFits([[key, value]]);
    const previous = table.get(key);
    table.set(key, copyOf(value));
    this.#collectLater();
    return previous;
  }

  async increment(key: string, by: number): Promise<number> {
    const sum = this.#open().increment(key, by);
    this.#collectLater();
    return sum;
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const table = this.#open();
    return foundKeys(keys, (key) => table.get(key));
  }

  async findMany(keys: readonly string[]): Promise<ReadonlyMap<string, FoundEntry>> {
    const table = this.#open();
    return foundKeys(keys, (key) => table.find(key));
  }

  async setMany(entries: ReadonlyMap<string, Uint8Array>, terms?: EntryTerms): Promise<void> {
    const table = this.#open();
    table.checkFits(entries, terms?.tags);
    for (const [key, value] of entries) table.setChecked(key, copyOf(value), terms?.ttlMs, terms?.tags);
    this.#collectLater();
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const table = this.#open();
    return keys.filter((key) => table.delete(key)).length;
  }

  async clear(namespace?: string): Promise<void> {
    this.#open().clear(namespace);
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    this.#open().invalidateTags(tags);
  }

  async lock(key: string, ttlMs: number): Promise<TakenLock | undefined> {
    this.#open();
    return this.#locks.take(key, ttlMs);
  }

  async extendLock(key: string, token: string, ttlMs: number): Promise<boolean> {
    this.#open();
    return this.#locks.extend(key, token, ttlMs);
  }

  async unlock(key: string, token: string): Promise<boolean> {
    this.#open();
    return this.#locks.release(key, token);
  }

  async stats(): Promise<CacheStats> {
    return this.#open().stats();
  }

  async ping(): Promise<void> {
    this.#open();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#table = undefined;
  }

  #open(): MemoryTable {
    if (this.#table) return this.#table;
    throw new CacheError('CLOSED', `cache '${this.name}' is closed`);
  }

  #collectLater(delayMs = collectEveryMs): void {
    if (this.#timer || !this.#table?.hasExpiries) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const isMoreDue = this.#table?.collectExpired(collectAtOnce);
      this.#collectLater(isMoreDue ? 0 : collectEveryMs);
    }, delayMs).unref();
  }
}

/** For people: `lru, 10mb, 100 entries, ttl 5s, sliding`. */
export function boundsText(bounds: Omit<MemoryStoreOptions, 'name' | 'now'>): string {
  const { policy = defaultPolicy, maxBytes = defaultMaxBytes, maxEntries, defaultTtlMs, slides } = bounds;
  const entries = maxEntries === undefined ? '' : `, ${maxEntries} entries`;
  const ttl = defaultTtlMs === undefined ? '' : `, ttl ${defaultTtlMs / 1000}s`;
  return `${policy}, ${sizeText(maxBytes)}${entries}${ttl}${slides === true ? ', sliding' : ''}`;
}

function sizeText(bytes: number): string {
  if (bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2}mb`;
  return bytes % 1024 === 0 ? `${bytes / 1024}kb` : `${bytes} bytes`;
}

/** The caller may go on writing to its array, and small Buffers pin a pool of 8 KiB that they share. */
function copyOf(value: Uint8Array): Uint8Array {
  return new Uint8Array(value);
}
