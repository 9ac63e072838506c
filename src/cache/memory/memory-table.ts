import type { CacheStats } from '../cache.js';
import { CacheError } from '../cache-error.js';
import { shownKey } from '../cache-key.js';
import { CacheEntry, entryBytes } from './cache-entry.js';
import type { EvictionPolicy } from './eviction-policy.js';
import { ExpiryHeap } from './expiry-heap.js';

export interface MemoryTableOptions {
  /** The cache's name, for messages. */
  readonly name: string;
  readonly maxBytes: number;
  /** For entries written without a ttl; without it they live until they are evicted. */
  readonly defaultTtlMs?: number | undefined;
  readonly policy: EvictionPolicy;
  /** Milliseconds on a clock that never runs backwards. */
  readonly now: () => number;
}

const integerText = /^(?:0|-?[1-9]\d{0,15})$/;

/**
 * The memory cache itself, without a promise in it: bytes by key, never more than `maxBytes` of them, expired entries
 * never seen. To make room it gives up what has expired first, then what the policy names.
 */
export class MemoryTable {
  readonly #options: MemoryTableOptions;
  readonly #entries = new Map<string, CacheEntry>();
  readonly #expiries = new ExpiryHeap();
  #bytes = 0;
  #hits = 0;
  #misses = 0;
  #sets = 0;
  #deletes = 0;
  #evictions = 0;
  #expirations = 0;

  constructor(options: MemoryTableOptions) {
    this.#options = options;
  }

  /** The stored bytes themselves: not to be written to. */
  get(key: string): Uint8Array | undefined {
    const entry = this.#living(key);
    if (!entry) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    this.#options.policy.use(entry);
    return entry.value;
  }

  has(key: string): boolean {
    return this.#living(key) !== undefined;
  }

  /** Copies `value` in. FULL when the entry alone is above the bound. */
  set(key: string, value: Uint8Array, ttlMs = this.#options.defaultTtlMs): void {
    this.checkFits(key, value);
    this.#put(key, value, ttlMs === undefined ? Infinity : this.#options.now() + ttlMs);
  }

  delete(key: string): boolean {
    const entry = this.#living(key);
    if (!entry) return false;
    this.#drop(entry);
    this.#deletes++;
    return true;
  }

  increment(key: string, by: number): number {
    const entry = this.#living(key);
    const sum = (entry ? this.#integerOf(entry) : 0) + by;
    if (!Number.isSafeInteger(sum)) {
      throw new CacheError(
        'OPERATION',
        `cache '${this.#options.name}': key ${shownKey(key)} would be beyond 2^53 - 1; it stays as it was`,
      );
    }
    const value = Buffer.from(String(sum));
    if (!entry) {
      this.set(key, value);
      return sum;
    }
    this.checkFits(key, value);
    this.#put(key, value, entry.expiresAt);
    return sum;
  }

  clear(namespace?: string): void {
    const prefix = namespace === undefined ? '' : `${namespace}:`;
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.delete(key);
  }

  /** Throws FULL when this entry could not be held even alone. */
  checkFits(key: string, value: Uint8Array): void {
    const { name, maxBytes } = this.#options;
    const sizeBytes = entryBytes(key, value);
    if (sizeBytes <= maxBytes) return;
    const message = `cache '${name}': the entry ${shownKey(key)} takes ${sizeBytes} bytes and the whole cache holds ${maxBytes}; nothing was stored, the old value stays. Raise max or store less`;
    throw new CacheError('FULL', message, { details: { sizeBytes, maxBytes } });
  }

  /** Gives up at most `limit` expired entries; whether more wait. */
  collectExpired(limit = Infinity): boolean {
    const now = this.#options.now();
    for (let collected = 0; ; collected++) {
      const first = this.#expiries.first;
      if (!first || first.expiresAt > now) return false;
      if (collected >= limit) return true;
      this.#expire(first);
    }
  }

  /** Whether any entry has a ttl that will run out. */
  get hasExpiries(): boolean {
    return this.#expiries.first !== undefined;
  }

  stats(): CacheStats {
    this.collectExpired();
    return {
      hits: this.#hits,
      misses: this.#misses,
      sets: this.#sets,
      deletes: this.#deletes,
      evictions: this.#evictions,
      expirations: this.#expirations,
      entries: this.#entries.size,
      bytes: this.#bytes,
    };
  }

  #living(key: string): CacheEntry | undefined {
    const entry = this.#entries.get(key);
    if (!entry || entry.expiresAt === Infinity || entry.expiresAt > this.#options.now()) return entry;
    this.#expire(entry);
    return undefined;
  }

  #put(key: string, value: Uint8Array, expiresAt: number): void {
    const old = this.#living(key);
    if (old) this.#drop(old);
    this.#sets++;
    if (expiresAt !== Infinity && expiresAt <= this.#options.now()) {
      this.#expirations++;
      return;
    }
    const sizeBytes = entryBytes(key, value);
    this.#makeRoom(sizeBytes);
    // A copy, because the caller may go on writing to its array, and because small Buffers pin a shared 8 KiB pool.
    const entry = new CacheEntry(key, new Uint8Array(value), sizeBytes, expiresAt);
    this.#entries.set(key, entry);
    this.#bytes += sizeBytes;
    this.#options.policy.add(entry);
    this.#expiries.add(entry);
  }

  #makeRoom(sizeBytes: number): void {
    while (this.#bytes + sizeBytes > this.#options.maxBytes) {
      const next = this.#expiries.first;
      if (next && next.expiresAt <= this.#options.now()) {
        this.#expire(next);
        continue;
      }
      const victim = this.#options.policy.victim();
      if (!victim) return;
      this.#drop(victim);
      this.#evictions++;
    }
  }

  #expire(entry: CacheEntry): void {
    this.#drop(entry);
    this.#expirations++;
  }

  #drop(entry: CacheEntry): void {
    this.#entries.delete(entry.key);
    this.#bytes -= entry.sizeBytes;
    this.#options.policy.remove(entry);
    this.#expiries.remove(entry);
  }

  #integerOf(entry: CacheEntry): number {
    const text = entry.value.byteLength > 17 ? '' : Buffer.from(entry.value).toString('latin1');
    const integer = integerText.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(integer)) return integer;
    throw new CacheError(
      'OPERATION',
      `cache '${this.#options.name}': key ${shownKey(entry.key)} does not hold an integer, so it cannot be incremented`,
    );
  }
}
