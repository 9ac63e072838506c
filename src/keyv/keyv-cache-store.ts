import { EventEmitter } from 'node:events';
import type { Cache, CacheWriteOptions } from '../cache/index.js';
import { nameSegment } from '../foundation/index.js';

/** One entry of Keyv's `setMany`; `ttl` in milliseconds. */
interface KeyvStoreEntry {
  readonly key: string;
  readonly value: unknown;
  readonly ttl?: number | undefined;
}

/**
 * A store of Keyv 5 on a cache, so that libraries that take a Keyv use the cache of the module:
 * `new Keyv({ store: new KeyvCacheStore(cache), namespace: 'library' })`.
 *
 * Each Keyv gets a store of its own, because Keyv writes its namespace on the store. Its entries are in a namespace of
 * the cache, so that neither `clear` reaches the other's. An entry without a ttl lives as the cache's default ttl says.
 * There is no iterator: a cache does not list its keys. The cache stays its owner's: `disconnect` of Keyv leaves it open.
 *
 * Everything rejects with the `CacheError` of the cache. Keyv passes some of them on as its event `error`; those of
 * `get`, which it would swallow, are told here.
 */
export class KeyvCacheStore extends EventEmitter {
  /** Keyv's; what it finds here it leaves as it is. */
  opts: Record<string, unknown> = {};
  /** Keyv's; it sets it to its own. */
  namespace: string | undefined;
  readonly #cache: Cache;

  constructor(cache: Cache) {
    super();
    this.#cache = cache;
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    try {
      return await this.#cache.get<Value>(this.#place(key));
    } catch (error) {
      if (this.listenerCount('error') > 0) this.emit('error', error);
      throw error;
    }
  }

  /** In the order of `keys`. */
  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    const places = keys.map((key) => this.#place(key));
    const found = await this.#cache.getMany<Value>(places);
    return places.map((place) => found.get(place));
  }

  /** `ttl` in milliseconds. */
  async set(key: string, value: unknown, ttl?: number): Promise<void> {
    await this.#cache.set(this.#place(key), storable(value), termsOf(ttl));
  }

  /** Together all those of one ttl. Its type is that of Keyv's stores; the answer, true for each, is what Keyv passes on. */
  async setMany(entries: KeyvStoreEntry[]): Promise<void> {
    const byTtl = new Map<number | undefined, [place: string, value: unknown][]>();
    for (const { key, value, ttl } of entries) {
      const together = byTtl.get(ttl) ?? [];
      byTtl.set(ttl, together);
      together.push([this.#place(key), storable(value)]);
    }
    await Promise.all([...byTtl].map(([ttl, together]) => this.#cache.setMany(together, termsOf(ttl))));
    return entries.map(() => true) as unknown as void;
  }

  async has(key: string): Promise<boolean> {
    return this.#cache.exists(this.#place(key));
  }

  async delete(key: string): Promise<boolean> {
    return this.#cache.delete(this.#place(key));
  }

  /** Whether all of them were there. */
  async deleteMany(keys: string[]): Promise<boolean> {
    const places = new Set(keys.map((key) => this.#place(key)));
    return (await this.#cache.deleteMany([...places])) === places.size;
  }

  /** Removes what is in the namespace of this Keyv. */
  async clear(): Promise<void> {
    await this.#cache.clear({ namespace: this.#cacheNamespace });
  }

  /** Whatever Keyv calls its namespace, it ends before the `:`. */
  get #cacheNamespace(): string {
    return `keyv/${nameSegment(this.namespace ?? '')}`;
  }

  #place(key: string): string {
    return `${this.#cacheNamespace}:${key}`;
  }
}

/** As Keyv's own stores have it, no ttl and one of 0 are none; what is over before it began is gone at once. */
function termsOf(ttl: number | undefined): CacheWriteOptions {
  if (!ttl) return {};
  return { ttl: { milliseconds: Math.max(0, Math.min(ttl, Number.MAX_SAFE_INTEGER)) } };
}

/** A Keyv without a serializer hands over `{ value, expires }`; JSON has no word for an `expires` that is undefined. */
function storable(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || !('expires' in data) || data.expires !== undefined) return data;
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'expires'));
}
