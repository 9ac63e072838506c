import type { CredentialUser } from '../../foundation/index.js';
import type { CacheStats } from '../cache.js';
import { CacheError } from '../cache-error.js';
import { shownKey } from '../cache-key.js';
import type { TakenLock } from '../cache-lock.js';
import type { EntryTerms, FoundEntry } from '../cache-store.js';
import { inChunks } from '../in-chunks.js';
import { sumOf } from '../integer-text.js';
import type { HeldLease, LeasableStore } from '../load/leasable-store.js';
import { leaseLock, lockedKey } from '../load/lease-lock.js';
import { storeInSteps } from '../load/store-in-steps.js';
import type { MemcachedEntry } from './memcached-entry.js';
import { memcachedError } from './memcached-error.js';
import { MemcachedCounts } from './memcached-counts.js';
import { MemcachedLocks } from './memcached-locks.js';
import { MemcachedPlaces } from './memcached-places.js';
import { noOperation } from './memcached-request.js';
import { type MemcachedServer, prepareAll } from './memcached-server.js';
import {
  type EntryChange,
  type EntryPlace,
  type MemcachedMark,
  MemcachedShard,
  type NewEntry,
} from './memcached-shard.js';
import { MemcachedShards } from './memcached-shards.js';
import { WorksUnderWay } from './works-under-way.js';

export interface MemcachedStoreOptions {
  readonly name: string;
  readonly description: string;
  /** Keeps the cache apart from others on the same servers. */
  readonly prefix: string;
  readonly defaultTtlMs: number | undefined;
  /** The name of the secret that the servers are logged in to with. */
  readonly secret: string | undefined;
  /** Whether reading an entry gives it its ttl anew. */
  readonly slides: boolean;
  /** How long one operation may take, waiting for a connection included. */
  readonly timeoutMs: number;
  /** At least one; the store closes them. */
  readonly servers: readonly MemcachedServer[];
}

/** So many operations may be under way or wait for a connection. */
const longestQueue = 10_000;

/**
 * A cache on memcached, by its binary protocol, spread over its servers by the digests of the keys. memcached itself decides what
 * gives way. Nothing can be listed there, so that `clear` and `invalidateTags` withdraw versions instead of removing
 * entries; see `MemcachedShard`. Expiry is that of the clocks of the processes, to the millisecond; memcached, which knows
 * seconds, only gives the memory back.
 */
export class MemcachedStore implements LeasableStore<MemcachedMark> {
  readonly name: string;
  readonly description: string;
  readonly #options: MemcachedStoreOptions;
  readonly #places: MemcachedPlaces;
  readonly #shards: MemcachedShards;
  readonly #locks: MemcachedLocks;
  readonly #underWay = new WorksUnderWay();
  #isClosed = false;
  readonly #counts = new MemcachedCounts();

  constructor(options: MemcachedStoreOptions) {
    this.#options = options;
    this.name = options.name;
    this.description = options.description;
    this.#places = new MemcachedPlaces(options.prefix);
    const expired = (count: number) => (this.#counts.expirations += count);
    this.#shards = new MemcachedShards(options.servers.map((server) => new MemcachedShard(server, expired)));
    this.#locks = new MemcachedLocks(this.#shards.at(this.#places.fence).server, this.#places);
  }

  get credentialUsers(): readonly CredentialUser[] {
    const { secret, servers } = this.#options;
    if (secret === undefined) return [];
    return [{ name: this.#where, secret, prepare: (value, signal) => prepareAll(servers, value, signal) }];
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.find(key))?.value;
  }

  async find(key: string): Promise<FoundEntry | undefined> {
    return (await this.findMany([key])).get(key);
  }

  async set(key: string, value: Uint8Array, terms?: EntryTerms): Promise<void> {
    const entry = this.#newEntry(key, value, terms);
    await this.#work(this.#at(key), true, (endsAt) => this.#shards.write([entry], endsAt));
    this.#counts.sets += 1;
  }

  async delete(key: string): Promise<boolean> {
    return (await this.deleteMany([key])) > 0;
  }

  async exists(key: string): Promise<boolean> {
    const [entry] = await this.#read([key], false);
    return entry !== undefined;
  }

  async setIfAbsent(key: string, value: Uint8Array, terms?: EntryTerms): Promise<boolean> {
    const entry = this.#newEntry(key, value, terms);
    const before = await this.#update(key, (present) => (present || entry.ttlMs === 0 ? undefined : entry));
    if (!before) this.#counts.sets += 1;
    return before === undefined;
  }

  mark(key: string, tags: readonly string[]): Promise<MemcachedMark> {
    const place = this.#place(key);
    const tagPlaces = tags.map((tag) => this.#places.tag(tag));
    return this.#work(this.#at(key), true, (endsAt) => this.#shards.at(place.at).mark(place, tagPlaces, endsAt));
  }

  async storeLoaded(
    key: string,
    value: Uint8Array,
    terms: EntryTerms,
    lease: HeldLease<MemcachedMark>,
  ): Promise<boolean> {
    const entry = this.#newEntry(key, value, terms);
    const { slides } = this.#options;
    const isStored = await storeInSteps(this, key, lease, () =>
      this.#work(this.#at(key), false, (endsAt) =>
        this.#shards.at(entry.at).writeMarked(entry, lease.mark, slides, endsAt),
      ),
    );
    if (isStored) this.#counts.sets += 1;
    return isStored;
  }

  async getAndSet(key: string, value: Uint8Array): Promise<Uint8Array | undefined> {
    const before = await this.#update(key, () => this.#newEntry(key, value));
    this.#counts.sets += 1;
    this.#counts.looked(before);
    return before?.value;
  }

  async increment(key: string, by: number): Promise<number> {
    let sum = 0;
    await this.#update(key, (present) => {
      sum = sumOf(present?.value, by, this.#at(key));
      const value = Buffer.from(String(sum));
      return present ? { ...present, value } : this.#newEntry(key, value);
    });
    this.#counts.sets += 1;
    return sum;
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return new Map([...(await this.findMany(keys))].map(([key, { value }]) => [key, value]));
  }

  async findMany(keys: readonly string[]): Promise<ReadonlyMap<string, FoundEntry>> {
    const entries = await this.#read(keys);
    const now = Date.now();
    const found = new Map<string, FoundEntry>();
    for (const [index, entry] of entries.entries()) {
      this.#counts.looked(entry);
      if (entry) found.set(keys[index]!, { value: entry.value, leftMs: Math.max(1, entry.expiresAt - now) });
    }
    return found;
  }

  async setMany(entries: ReadonlyMap<string, Uint8Array>, terms?: EntryTerms): Promise<void> {
    const written = [...entries].map(([key, value]) => this.#newEntry(key, value, terms));
    await inChunks(
      // If one is refused for its size, it is the first, and nothing has been written.
      written.toSorted((a, b) => b.value.length - a.value.length),
      (some) => this.#work(this.#where, true, (endsAt) => this.#shards.write(some, endsAt)),
      ({ value }) => value.byteLength,
    );
    this.#counts.sets += entries.size;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const where = keys.length === 1 ? this.#at(keys[0]!) : this.#where;
    const counts = await inChunks(keys, async (some) => {
      const count = await this.#work(where, true, async (endsAt) => {
        // Whoever loads one of them now must not store it afterwards.
        await this.#locks.drop(some.map(leaseLock), endsAt);
        return this.#shards.delete(
          some.map((key) => this.#place(key)),
          endsAt,
        );
      });
      this.#counts.deletes += count;
      return count;
    });
    return counts.reduce((sum, count) => sum + count, 0);
  }

  clear(namespace?: string): Promise<void> {
    return this.#withdraw([namespace === undefined ? this.#places.cache : this.#places.namespace(namespace)]);
  }

  invalidateTags(tags: readonly string[]): Promise<void> {
    return this.#withdraw(tags.map((tag) => this.#places.tag(tag)));
  }

  lock(key: string, ttlMs: number): Promise<TakenLock | undefined> {
    return this.#work(this.#at(lockedKey(key)), false, (endsAt) => this.#locks.take(key, ttlMs, endsAt));
  }

  extendLock(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#work(this.#at(lockedKey(key)), true, (endsAt) => this.#locks.extend(key, token, ttlMs, endsAt));
  }

  unlock(key: string, token: string): Promise<boolean> {
    return this.#work(this.#at(lockedKey(key)), false, (endsAt) => this.#locks.release(key, token, endsAt));
  }

  async stats(): Promise<CacheStats> {
    const reports = await this.#work(this.#where, true, (endsAt) =>
      this.#shards.all(({ server }) => server.statistics(endsAt)),
    );
    return this.#counts.with(reports);
  }

  async ping(): Promise<void> {
    await this.#work(this.#where, true, (endsAt) =>
      this.#shards.all(({ server }) => server.exchange([noOperation], endsAt)),
    );
  }

  /** Lets what is under way end, within its timeout. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#underWay.ended(this.#options.timeoutMs);
    for (const server of this.#options.servers) server.close();
  }

  async #read(
    keys: readonly string[],
    renews = this.#options.slides,
  ): Promise<readonly (MemcachedEntry | undefined)[]> {
    const where = keys.length === 1 ? this.#at(keys[0]!) : this.#where;
    const entries = await inChunks(keys, (some) => {
      const places = some.map((key) => this.#place(key));
      return this.#work(where, true, (endsAt) => this.#shards.read(places, renews, endsAt));
    });
    return entries.flat();
  }

  #update(
    key: string,
    change: (present: MemcachedEntry | undefined) => EntryChange | undefined,
  ): Promise<MemcachedEntry | undefined> {
    return this.#work(this.#at(key), false, (endsAt) => this.#shards.update(this.#place(key), change, endsAt));
  }

  async #withdraw(places: readonly string[]): Promise<void> {
    await this.#work(this.#where, true, (endsAt) =>
      this.#shards.all(({ versions }) => versions.withdraw(places, endsAt)),
    );
  }

  async #work<T>(where: string, isRepeatable: boolean, work: (endsAt: number) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new CacheError('CLOSED', `${this.#where} is closed`);
    if (this.#underWay.count >= longestQueue) {
      const message = `${this.#where}: ${longestQueue} operations wait for memcached already`;
      throw new CacheError('CONNECTION', message, { retryable: true });
    }
    this.#underWay.begin();
    try {
      return await work(performance.now() + this.#options.timeoutMs);
    } catch (error) {
      throw memcachedError(error, where, isRepeatable);
    } finally {
      this.#underWay.end();
    }
  }

  #newEntry(key: string, value: Uint8Array, terms: EntryTerms = {}): NewEntry {
    const { ttlMs = this.#options.defaultTtlMs ?? Infinity, tags = [] } = terms;
    return { ...this.#place(key), value, ttlMs, tags: tags.map((tag) => this.#places.tag(tag)) };
  }

  #place(key: string): EntryPlace {
    return { at: this.#places.entry(key), scopes: this.#places.scopes(key) };
  }

  get #where(): string {
    return `cache '${this.name}'`;
  }

  #at(key: string): string {
    return `${this.#where}: key ${shownKey(key)}`;
  }
}
