import { type CredentialUser, durationMs, type Logger } from '../foundation/index.js';
import type {
  Cache,
  CacheEntries,
  CacheLoadContext,
  CacheLoadOptions,
  CacheStats,
  CacheWriteOptions,
} from './cache.js';
import { CacheError } from './cache-error.js';
import { checkKey, checkNamespace, checkTag, checkTags, shownKey } from './cache-key.js';
import type { CacheLock, CacheLockOptions } from './cache-lock.js';
import type { EntryTerms } from './cache-store.js';
import {
  checkBytes,
  decodeJson,
  decodeText,
  encodeJson,
  encodeText,
  type EntryName,
  entryName,
} from './cache-value.js';
import { takeLock } from './held-lock.js';
import { CacheLoads } from './load/cache-loads.js';
import type { LeasingStore } from './load/leasing-store.js';
import { loadTerms } from './load/load-terms.js';

/** The `Cache` over any store, in this process or behind the wire: keys, ttls and values in and out of bytes. Owns the store. */
export class StoreCache implements Cache {
  readonly #store: LeasingStore;
  readonly #loads: CacheLoads;

  /** The logger is told of loads that fail in the background. */
  constructor(store: LeasingStore, logger?: Logger) {
    this.#store = store;
    this.#loads = new CacheLoads(store, logger);
  }

  /** What the cache is, for people; `bindings()` and logs show it. */
  get description(): string {
    return this.#store.description;
  }

  /** Where the cache logs in with secrets that may be rotated. */
  get credentialUsers(): readonly CredentialUser[] {
    return this.#store.credentialUsers ?? [];
  }

  async get<T>(key: string): Promise<T | undefined> {
    return this.#decode<T>(key, await this.#read(key));
  }

  async getBytes(key: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#read(key);
    return bytes && new Uint8Array(bytes);
  }

  async getString(key: string): Promise<string | undefined> {
    const bytes = await this.#read(key);
    return bytes && decodeText(bytes, this.#entry(key));
  }

  async set(key: string, value: unknown, options?: CacheWriteOptions): Promise<void> {
    await this.#write(key, encodeJson, value, options);
  }

  async setBytes(key: string, value: Uint8Array, options?: CacheWriteOptions): Promise<void> {
    await this.#write(key, checkBytes, value, options);
  }

  async setString(key: string, value: string, options?: CacheWriteOptions): Promise<void> {
    await this.#write(key, encodeText, value, options);
  }

  async getOrSet<T>(
    key: string,
    load: (context: CacheLoadContext) => Promise<T>,
    options?: CacheLoadOptions,
  ): Promise<T> {
    this.#check(key);
    if (typeof load !== 'function')
      throw new CacheError(
        'OPERATION',
        `cache '${this.#store.name}': getOrSet takes a function that loads the value, not ${typeof load}; use set for a value`,
      );
    const terms = loadTerms(options ?? {}, termsOf(options), `cache '${this.#store.name}'`);
    const bytes = await this.#loads.run({ key, load, terms });
    return decodeJson<T>(bytes, this.#entry(key));
  }

  async delete(key: string): Promise<boolean> {
    this.#aboutToWrite(key);
    return this.#store.delete(key);
  }

  async exists(key: string): Promise<boolean> {
    this.#check(key);
    return this.#store.exists(key);
  }

  async setIfAbsent(key: string, value: unknown, options?: CacheWriteOptions): Promise<boolean> {
    this.#aboutToWrite(key);
    return this.#store.setIfAbsent(key, encodeJson(value, this.#entry(key)), termsOf(options));
  }

  async getAndSet<T>(key: string, value: unknown): Promise<T | undefined> {
    this.#aboutToWrite(key);
    return this.#decode<T>(key, await this.#store.getAndSet(key, encodeJson(value, this.#entry(key))));
  }

  async increment(key: string, by = 1): Promise<number> {
    this.#aboutToWrite(key);
    if (!Number.isSafeInteger(by)) {
      throw new CacheError(
        'OPERATION',
        `cache '${this.#store.name}': key ${shownKey(key)} can be incremented by integers within 2^53 only`,
      );
    }
    return this.#store.increment(key, by);
  }

  async decrement(key: string, by = 1): Promise<number> {
    return this.increment(key, -by);
  }

  async getMany<T>(keys: readonly string[]): Promise<Map<string, T>> {
    const wanted = [...new Set(keys)];
    for (const key of wanted) this.#check(key);
    if (wanted.length === 0) return new Map();
    const stored = await this.#store.getMany(wanted);
    const found = new Map<string, T>();
    for (const key of wanted) {
      const bytes = stored.get(key);
      if (bytes) found.set(key, decodeJson<T>(bytes, this.#entry(key)));
    }
    return found;
  }

  async setMany(entries: CacheEntries, options?: CacheWriteOptions): Promise<void> {
    const encoded = new Map<string, Uint8Array>();
    let bytesBefore = 0;
    for (const [key, value] of Symbol.iterator in entries ? entries : Object.entries(entries)) {
      this.#aboutToWrite(key);
      const bytes = encodeJson(value, { ...this.#entry(key), bytesBefore });
      encoded.set(key, bytes);
      bytesBefore += bytes.byteLength;
    }
    const terms = termsOf(options);
    if (encoded.size > 0) await this.#store.setMany(encoded, terms);
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    for (const key of keys) this.#aboutToWrite(key);
    return keys.length === 0 ? 0 : this.#store.deleteMany([...new Set(keys)]);
  }

  async clear(options?: { readonly namespace?: string | undefined }): Promise<void> {
    const { namespace } = options ?? {};
    if (namespace !== undefined) checkNamespace(namespace, `cache '${this.#store.name}'`);
    this.#loads.forgetAll(namespace === undefined ? '' : `${namespace}:`);
    await this.#store.clear(namespace);
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    for (const tag of tags) checkTag(tag, `cache '${this.#store.name}'`);
    this.#loads.forgetTagged(tags);
    if (tags.length > 0) await this.#store.invalidateTags([...new Set(tags)]);
  }

  flush(): Promise<void> {
    return this.clear();
  }

  async lock(key: string, options: CacheLockOptions): Promise<CacheLock | null> {
    this.#check(key);
    return takeLock(this.#store, key, options);
  }

  stats(): Promise<CacheStats> {
    return this.#store.stats();
  }

  ping(): Promise<void> {
    return this.#store.ping();
  }

  async close(): Promise<void> {
    await this.#loads.close();
    await this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(key: string): Promise<Uint8Array | undefined> {
    this.#check(key);
    return this.#store.get(key);
  }

  async #write<V>(
    key: string,
    encode: (value: V, entry: EntryName) => Uint8Array,
    value: V,
    options: CacheWriteOptions | undefined,
  ): Promise<void> {
    this.#aboutToWrite(key);
    await this.#store.set(key, encode(value, this.#entry(key)), termsOf(options));
  }

  #decode<T>(key: string, bytes: Uint8Array | undefined): T | undefined {
    return bytes && decodeJson<T>(bytes, this.#entry(key));
  }

  #check(key: string): void {
    checkKey(key, `cache '${this.#store.name}'`);
  }

  /** A load that began before this write must not overwrite it. */
  #aboutToWrite(key: string): void {
    this.#check(key);
    this.#loads.forget(key);
  }

  #entry(key: string): EntryName {
    return entryName(this.#store, key);
  }
}

/** A ttl to whole milliseconds, rounded up, and the tags, each once. */
function termsOf({ ttl, tags }: CacheWriteOptions = {}): EntryTerms {
  const ttlMs = ttl === undefined ? ttl : Math.min(Math.ceil(durationMs(ttl, 'ttl')), Number.MAX_SAFE_INTEGER);
  const checked = tags && checkTags(tags, 'the tags of an entry');
  return { ...(ttlMs !== undefined && { ttlMs }), ...(checked?.length && { tags: checked }) };
}
