import type { CacheStats } from '../cache.js';
import { CacheError } from '../cache-error.js';
import { shownKey } from '../cache-key.js';
import { largerThanCache } from '../larger-than-cache.js';
import type { FoundEntry } from '../cache-store.js';
import { sumOf } from '../integer-text.js';
import { CacheEntry, entryBytes, noTags } from './cache-entry.js';
import type { EvictionPolicy } from './eviction-policy.js';
import { ExpiryHeap } from './expiry-heap.js';
import { TagIndex } from './tag-index.js';

export interface MemoryTableOptions {
  /** The cache's name, for messages. */
  readonly name: string;
  readonly maxBytes: number;
  /** A bound on the number of entries, too. Default none. */
  readonly maxEntries?: number | undefined;
  /** For entries written without a ttl; without it they live until they are evicted. */
  readonly defaultTtlMs?: number | undefined;
  /** Whether each use of an entry gives it its ttl anew. Default false. */
  readonly slides?: boolean | undefined;
  readonly policy: EvictionPolicy;
  /** False when the policy lets nothing go: what does not fit is refused. */
  readonly evicts: boolean;
  /** Milliseconds on a clock that never runs backwards. */
  readonly now: () => number;
}

/**
 * The memory cache itself, without a promise in it: bytes by key, never more than `maxBytes` of them, expired entries
 * never seen. To make room it gives up what has expired first, then what the policy names.
 */
export class MemoryTable {
  readonly #options: MemoryTableOptions;
  readonly #entries = new Map<string, CacheEntry>();
  readonly #expiries = new ExpiryHeap();
  readonly #tags = new TagIndex();
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
    return this.#use(key)?.value;
  }

  find(key: string): FoundEntry | undefined {
    const entry = this.#use(key);
    return entry && { value: entry.value, leftMs: entry.expiresAt - this.#options.now() };
  }

  has(key: string): boolean {
    return this.#living(key) !== undefined;
  }

  /**
   * Keeps `value` itself: nobody may write to it any more, nor hold another part of its buffer. FULL when the entry alone
   * is above the bound, or nothing gives way for it.
   */
  set(key: string, value: Uint8Array, ttlMs = this.#options.defaultTtlMs ?? Infinity, tags = noTags): void {
    const { maxBytes, evicts } = this.#options;
    const sizeBytes = entryBytes(key, value, tags);
    if (!evicts || sizeBytes > maxBytes) this.checkFits([[key, value]], tags);
    this.#put(key, value, sizeBytes, this.#endOf(ttlMs), ttlMs, tags);
  }

  /** As `set`, of one of those that `checkFits` let pass together. */
  setChecked(key: string, value: Uint8Array, ttlMs = this.#options.defaultTtlMs ?? Infinity, tags = noTags): void {
    this.#put(key, value, entryBytes(key, value, tags), this.#endOf(ttlMs), ttlMs, tags);
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
    const sum = sumOf(entry?.value, by, `cache '${this.#options.name}': key ${shownKey(key)}`);
    // Out of the pool that small Buffers share.
    const value = new Uint8Array(Buffer.from(String(sum)));
    if (!entry) {
      this.set(key, value);
      return sum;
    }
    this.checkFits([[key, value]], entry.tags);
    this.#put(key, value, entryBytes(key, value, entry.tags), entry.expiresAt, entry.ttlMs, entry.tags);
    return sum;
  }

  invalidateTags(tags: readonly string[]): void {
    for (const tag of tags) for (const { key } of this.#tags.entriesOf(tag)) this.delete(key);
  }

  clear(namespace?: string): void {
    const prefix = namespace === undefined ? '' : `${namespace}:`;
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.delete(key);
  }

  /** Throws FULL when one of the entries could not be held even alone, or they do not fit and nothing gives way. */
  checkFits(entries: Iterable<readonly [key: string, value: Uint8Array]>, tags = noTags): void {
    const { name, maxBytes, evicts } = this.#options;
    let moreBytes = 0;
    let moreEntries = 0;
    for (const [key, value] of entries) {
      const sizeBytes = entryBytes(key, value, tags);
      if (sizeBytes > maxBytes) throw largerThanCache({ cache: name, key }, maxBytes, sizeBytes);
      if (evicts) continue;
      const old = this.#living(key);
      moreBytes += sizeBytes - (old?.sizeBytes ?? 0);
      if (!old) moreEntries += 1;
    }
    if (evicts || this.#hasRoomFor(moreBytes, moreEntries)) return;
    this.collectExpired();
    if (this.#hasRoomFor(moreBytes, moreEntries)) return;
    const message = `cache '${name}' is full and its policy is none, so nothing gives way; nothing was stored. Raise max, delete entries or choose another policy`;
    throw new CacheError('FULL', message, { details: { maxBytes, bytes: this.#bytes, entries: this.#entries.size } });
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

  #use(key: string): CacheEntry | undefined {
    const entry = this.#living(key);
    if (!entry) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    this.#options.policy.use(entry);
    if (this.#options.slides && entry.ttlMs !== Infinity) this.#renew(entry);
    return entry;
  }

  #living(key: string): CacheEntry | undefined {
    const entry = this.#entries.get(key);
    if (!entry || entry.expiresAt === Infinity || entry.expiresAt > this.#options.now()) return entry;
    this.#expire(entry);
    return undefined;
  }

  #endOf(ttlMs: number): number {
    return ttlMs === Infinity ? Infinity : this.#options.now() + ttlMs;
  }

  #renew(entry: CacheEntry): void {
    this.#expiries.remove(entry);
    entry.expiresAt = this.#endOf(entry.ttlMs);
    this.#expiries.add(entry);
  }

  #put(
    key: string,
    value: Uint8Array,
    sizeBytes: number,
    expiresAt: number,
    ttlMs: number,
    tags: readonly string[],
  ): void {
    const previous = this.#living(key);
    this.#sets++;
    if (expiresAt !== Infinity && expiresAt <= this.#options.now()) {
      if (previous) this.#drop(previous);
      this.#expirations++;
      return;
    }
    // Its place in the map stays, and so does the entry.
    if (previous) this.#detach(previous);
    this.#makeRoom(sizeBytes, previous ? 0 : 1);
    const entry =
      previous?.rewrite(value, sizeBytes, expiresAt, ttlMs, tags) ??
      new CacheEntry(key, value, sizeBytes, expiresAt, ttlMs, tags);
    if (!previous) this.#entries.set(key, entry);
    this.#bytes += sizeBytes;
    this.#options.policy.add(entry, previous);
    this.#expiries.add(entry);
    this.#tags.add(entry);
  }

  #hasRoomFor(bytes: number, entries: number): boolean {
    const { maxBytes, maxEntries = Infinity } = this.#options;
    return this.#bytes + bytes <= maxBytes && this.#entries.size + entries <= maxEntries;
  }

  #makeRoom(sizeBytes: number, entries: number): void {
    while (!this.#hasRoomFor(sizeBytes, entries)) {
      const next = this.#expiries.first;
      if (next && next.expiresAt <= this.#options.now()) {
        this.#expire(next);
        continue;
      }
      const victim = this.#options.policy.evict();
      if (!victim) return;
      this.#forget(victim);
      this.#evictions++;
    }
  }

  #expire(entry: CacheEntry): void {
    this.#drop(entry);
    this.#expirations++;
  }

  #drop(entry: CacheEntry): void {
    this.#detach(entry);
    this.#entries.delete(entry.key);
  }

  #detach(entry: CacheEntry): void {
    this.#options.policy.remove(entry);
    this.#unlist(entry);
  }

  /** The policy knows already. */
  #forget(entry: CacheEntry): void {
    this.#unlist(entry);
    this.#entries.delete(entry.key);
  }

  #unlist(entry: CacheEntry): void {
    this.#bytes -= entry.sizeBytes;
    this.#expiries.remove(entry);
    this.#tags.remove(entry);
  }
}
