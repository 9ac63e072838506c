import { randomUUID } from 'node:crypto';
import type { CredentialUser } from '../../foundation/index.js';
import type { CacheStats } from '../cache.js';
import { shownKey } from '../cache-key.js';
import type { TakenLock } from '../cache-lock.js';
import type { CacheStore, EntryTerms, FoundEntry, ReadValue } from '../cache-store.js';
import { foundKeys } from '../found-keys.js';
import { inChunks } from '../in-chunks.js';
import type { EntryMark, HeldLease, LeasableStore } from '../load/leasable-store.js';
import { leaseLock, lockedKey } from '../load/lease-lock.js';
import { storeInSteps } from '../load/store-in-steps.js';
import type { RedisClient } from './redis-client.js';
import { RedisCounts } from './redis-counts.js';
import { redisError } from './redis-error.js';
import { RedisEntries } from './redis-entries.js';
import { RedisInvalidation } from './redis-invalidation.js';
import { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import { serverCounts } from './redis-server-counts.js';
import { RedisValueBound } from './redis-value-bound.js';

export interface RedisStoreOptions {
  readonly name: string;
  readonly description: string;
  /** Stands before every key; may be empty, then the whole database belongs to the cache. */
  readonly prefix: string;
  readonly defaultTtlMs: number | undefined;
  /** Whether reading an entry gives it its ttl anew. */
  readonly slides: boolean;
  readonly isCluster: boolean;
  readonly link: Pick<RedisLink, 'run' | 'close' | 'credentialUsers'>;
}

interface RedisMark extends EntryMark {
  /** As `RedisEntries` has it. */
  readonly mark: string | undefined;
}

type Work<T> = (client: RedisClient) => Promise<T>;

/** How long `clear` and `stats`, which look at every key, may take. */
const scanTimeoutMs = 60_000;

/**
 * A cache on Redis 6.2 or newer: each entry is one string under the prefix, so that others can read it. Redis itself
 * decides what gives way (maxmemory). Hits, misses, sets and deletes are those of this process; evictions and expirations
 * are counted by the server for all of its databases. In a cluster `setMany` is atomic for none but single keys.
 */
export class RedisStore implements LeasableStore<RedisMark> {
  readonly name: string;
  readonly description: string;
  readonly getEach: CacheStore['getEach'];
  readonly #options: RedisStoreOptions;
  readonly #keys: RedisKeys;
  readonly #entries: RedisEntries;
  readonly #bound = new RedisValueBound();
  /** For messages, as `#at` is. */
  readonly #where = () => `cache '${this.name}'`;
  readonly #counts = new RedisCounts();

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#keys = new RedisKeys(options);
    this.#entries = new RedisEntries({ ...options, keys: this.#keys });
    this.name = options.name;
    this.description = options.description;
    // Where ttls slide, or keys are on several servers, each is read by itself.
    this.getEach = options.slides || options.isCluster ? undefined : (keys) => this.#getEach(keys);
  }

  get credentialUsers(): readonly CredentialUser[] {
    return this.#options.link.credentialUsers;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const read = (client: RedisClient) => this.#entries.get(client, key);
    return this.#counts.looked(await this.#attempt(() => this.#at(key), true, read));
  }

  async find(key: string): Promise<FoundEntry | undefined> {
    return this.#counts.found(await this.#run(key, true, (client) => this.#entries.find(client, key)));
  }

  async set(key: string, value: Uint8Array, terms?: EntryTerms): Promise<void> {
    await this.#run(key, true, (client) =>
      this.#bound.within(client, [value], () => this.#entries.set(client, key, value, terms)),
    );
    this.#counts.sets += 1;
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#remove(() => this.#at(key), [key])) > 0;
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#run(key, true, (client) => client.exists(this.#keys.place(key)))) > 0;
  }

  async setIfAbsent(key: string, value: Uint8Array, terms?: EntryTerms): Promise<boolean> {
    const isSet = await this.#run(key, false, (client) =>
      this.#bound.within(client, [value], () => this.#entries.setIfAbsent(client, key, value, terms)),
    );
    if (isSet) this.#counts.sets += 1;
    return isSet;
  }

  async mark(key: string): Promise<RedisMark> {
    const mark = await this.#run(key, true, (client) => this.#entries.mark(client, key));
    return { isPresent: mark !== undefined, mark };
  }

  /** By one script; in a cluster, where the lock is in another slot than the entry, in steps. */
  async storeLoaded(key: string, value: Uint8Array, terms: EntryTerms, lease: HeldLease<RedisMark>): Promise<boolean> {
    const write = () =>
      this.#run(key, false, (client) =>
        this.#bound.within(client, [value], () =>
          this.#entries.storeLoaded(client, key, value, terms, lease.mark.mark, lease.token),
        ),
      );
    const isStored = await (this.#options.isCluster ? storeInSteps(this, key, lease, write) : write());
    if (isStored) this.#counts.sets += 1;
    return isStored;
  }

  async getAndSet(key: string, value: Uint8Array): Promise<Uint8Array | undefined> {
    const previous = await this.#run(key, false, (client) =>
      this.#bound.within(client, [value], () => this.#entries.getAndSet(client, key, value)),
    );
    this.#counts.sets += 1;
    return this.#counts.looked(previous);
  }

  async increment(key: string, by: number): Promise<number> {
    const sum = await this.#run(key, false, (client) => this.#entries.increment(client, key, by));
    this.#counts.sets += 1;
    return Number(sum);
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const values = (await this.#inChunks(keys, (client, some) => this.#entries.getMany(client, some))).flat();
    return foundKeys(keys, (_key, index) => this.#counts.looked(values[index]!));
  }

  async findMany(keys: readonly string[]): Promise<ReadonlyMap<string, FoundEntry>> {
    const entries = (await this.#inChunks(keys, (client, some) => this.#entries.findMany(client, some))).flat();
    return foundKeys(keys, (_key, index) => this.#counts.found(entries[index]!));
  }

  async setMany(entries: ReadonlyMap<string, Uint8Array>, terms?: EntryTerms): Promise<void> {
    const values = [...entries.values()];
    // Before anything is sent, so that one that is too large keeps all from being stored.
    if (this.#bound.mayRefuse(values))
      await this.#work(this.#where, true, (client) => this.#bound.within(client, values, async () => undefined));
    await this.#inChunks(
      [...entries],
      (client, some) => this.#entries.setMany(client, some, terms),
      ([, value]) => value.byteLength,
    );
    this.#counts.sets += entries.size;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const counts = await inChunks(keys, (some) => this.#remove(this.#where, some));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async clear(namespace?: string): Promise<void> {
    await this.#scan(async (client) => {
      // First, so that what is written meanwhile keeps its tags.
      if (namespace === undefined) await this.#keys.removeCompanions(client);
      await this.#keys.remove(client, namespace, (count) => (this.#counts.deletes += count));
    });
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    this.#entries.checkTags(tags);
    for (const tag of tags) {
      const invalidation = new RedisInvalidation(this.#keys.tagPlace(tag), this.#options.isCluster);
      for (let isLast = false; !isLast;) {
        const step = await this.#work(this.#where, true, (client) => invalidation.step(client));
        this.#counts.deletes += step.removed;
        ({ isLast } = step);
      }
    }
  }

  async lock(key: string, ttlMs: number, tags: readonly string[] = []): Promise<TakenLock | undefined> {
    const token = randomUUID();
    const [lock, counter] = this.#keys.lockPlaces(key);
    this.#entries.checkTags(tags);
    const fence = await this.#run(lockedKey(key), false, (client) => client.pywattLock(lock, counter, token, ttlMs));
    if (fence === null) return undefined;
    if (tags.length > 0)
      await this.#run(lockedKey(key), true, (client) => this.#entries.tagLock(client, key, tags, ttlMs));
    return { token, fence };
  }

  async extendLock(key: string, token: string, ttlMs: number, tags: readonly string[] = []): Promise<boolean> {
    const [lock] = this.#keys.lockPlaces(key);
    const [extended] = await this.#run(lockedKey(key), true, (client) =>
      // The sets live longer than the lock.
      Promise.all([client.pywattExtendLock(lock, token, ttlMs), this.#entries.tagLock(client, key, tags, ttlMs)]),
    );
    return extended === 1;
  }

  async unlock(key: string, token: string): Promise<boolean> {
    const [lock] = this.#keys.lockPlaces(key);
    return (await this.#run(lockedKey(key), false, (client) => client.pywattUnlock(lock, token))) === 1;
  }

  async stats(): Promise<CacheStats> {
    const [counts, held] = await this.#scan(
      async (client) => [await serverCounts(client), await this.#keys.measure(client)] as const,
    );
    return this.#counts.with(counts, held);
  }

  async ping(): Promise<void> {
    await this.#work(this.#where, true, (client) => client.ping());
  }

  close(): Promise<void> {
    return this.#options.link.close();
  }

  async #getEach(keys: readonly string[]): Promise<readonly ReadValue[]> {
    const values = await this.#work(this.#where, true, (client) => this.#entries.getEach(client, keys));
    return values.map((value) => (value === 'apart' ? value : this.#counts.looked(value)));
  }

  async #remove(where: () => string, keys: readonly string[]): Promise<number> {
    const places = keys.map((key) => this.#keys.place(key));
    // Whoever loads one of them now must not store it afterwards.
    const leases = keys.map((key) => this.#keys.lockPlaces(leaseLock(key))[0]);
    const count = await this.#work(where, true, async (client) => {
      if (!this.#options.isCluster) return (await Promise.all([client.unlink(leases), client.unlink(places)]))[1];
      await client.unlink(leases);
      const counts = await Promise.all(places.map((at) => client.unlink(at)));
      return counts.reduce((sum, one) => sum + one, 0);
    });
    this.#counts.deletes += count;
    return count;
  }

  #inChunks<T, R>(
    items: readonly T[],
    work: (client: RedisClient, chunk: readonly T[]) => Promise<R>,
    bytesOf?: (item: T) => number,
  ): Promise<R[]> {
    return inChunks(items, (chunk) => this.#work(this.#where, true, (client) => work(client, chunk)), bytesOf);
  }

  #at(key: string): string {
    return `${this.#where()}: key ${shownKey(key)}`;
  }

  #run<T>(key: string, isRepeatable: boolean, work: Work<T>): Promise<T> {
    return this.#work(() => this.#at(key), isRepeatable, work);
  }

  /** What looks at every key takes long, which is no reason to wait long for a server that is away. */
  async #scan<T>(work: Work<T>): Promise<T> {
    await this.ping();
    return this.#work(this.#where, true, work, scanTimeoutMs);
  }

  #work<T>(where: () => string, isRepeatable: boolean, work: Work<T>, timeoutMs?: number): Promise<T> {
    const afterReads = (client: RedisClient) => {
      this.#entries.sendReads(client);
      return work(client);
    };
    return this.#attempt(where, isRepeatable, afterReads, timeoutMs);
  }

  async #attempt<T>(where: () => string, isRepeatable: boolean, work: Work<T>, timeoutMs?: number): Promise<T> {
    try {
      return await this.#options.link.run(work, timeoutMs);
    } catch (error) {
      throw redisError(error, where(), isRepeatable);
    }
  }
}
