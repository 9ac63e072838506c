import type { ChainableCommander } from 'ioredis';
import { CacheError } from '../cache-error.js';
import { shownKey } from '../cache-key.js';
import type { EntryTerms } from '../cache-store.js';
import { leaseLock } from '../load/lease-lock.js';
import type { MergedReads } from '../merged-reads.js';
import type { RedisClient } from './redis-client.js';
import { isNoString } from './redis-error.js';
import type { RedisKeys } from './redis-keys.js';
import { readPlaces, redisReads } from './redis-reads.js';
import { transact } from './redis-transaction.js';

export interface RedisEntriesOptions {
  readonly name: string;
  readonly keys: RedisKeys;
  readonly defaultTtlMs: number | undefined;
  /** Whether reading an entry gives it its ttl anew. */
  readonly slides: boolean;
  readonly isCluster: boolean;
}

/** The value and its milliseconds, below 0 without a ttl. */
type FoundPlace = readonly [value: Buffer, leftMs: number];
/** So many are found by one script, which keeps all others waiting. */
const foundAtOnce = 500;

type Entry = readonly [key: string, value: Uint8Array];
type Commands = RedisClient | ChainableCommander;
type Mode = 'NX' | 'GET' | '';

/**
 * How entries are read and written: by one command of Redis where that does, by one script where a ttl slides or an entry
 * has tags. In a cluster the sets of tags are in other slots than the entries, so that several commands follow each other.
 */
export class RedisEntries {
  readonly #options: RedisEntriesOptions;
  readonly #reads = new WeakMap<RedisClient, MergedReads<Buffer>>();

  constructor(options: RedisEntriesOptions) {
    this.#options = options;
  }

  get(client: RedisClient, key: string): Promise<Buffer | null> {
    const { keys, slides, isCluster } = this.#options;
    if (slides) return this.#use(client, key);
    const at = keys.place(key);
    return isCluster ? client.getBuffer(at) : this.#readsOf(client).get(at);
  }

  /** What was asked first is sent first: before any other command. */
  sendReads(client: RedisClient): void {
    this.#reads.get(client)?.flush();
  }

  #readsOf(client: RedisClient): MergedReads<Buffer> {
    let reads = this.#reads.get(client);
    if (!reads) this.#reads.set(client, (reads = redisReads(client)));
    return reads;
  }

  async #use(client: RedisClient, key: string): Promise<Buffer | null> {
    const found = await this.find(client, key);
    return found && found[0];
  }

  find(client: RedisClient, key: string): Promise<FoundPlace | null> {
    const { keys, slides } = this.#options;
    const at = keys.place(key);
    return slides ? client.pywattUseBuffer(at, this.#companion(key)) : client.pywattFindBuffer(at);
  }

  /** What `get` gives for each, of a single server where no ttl slides; 'apart' where that fails for one. */
  getEach(client: RedisClient, keys: readonly string[]): Promise<readonly (Buffer | null | 'apart')[]> {
    return readPlaces(
      client,
      keys.map((key) => this.#options.keys.place(key)),
    );
  }

  /** What is no string is left out, here and by `findMany`. */
  getMany(client: RedisClient, keys: readonly string[]): Promise<(Buffer | null)[]> {
    if (this.#readsEach) return Promise.all(keys.map((key) => nullIfNoString(this.get(client, key))));
    return client.mgetBuffer(keys.map((key) => this.#options.keys.place(key)));
  }

  async findMany(client: RedisClient, keys: readonly string[]): Promise<(FoundPlace | null)[]> {
    if (this.#readsEach) return Promise.all(keys.map((key) => nullIfNoString(this.find(client, key))));
    const places = keys.map((key) => this.#options.keys.place(key));
    const pages: Promise<(FoundPlace | null)[]>[] = [];
    for (let from = 0; from < places.length; from += foundAtOnce)
      pages.push(findPage(client, places.slice(from, from + foundAtOnce)));
    return (await Promise.all(pages)).flat();
  }

  /** Whether keys are in different slots, or their ttls have to be renewed. */
  get #readsEach(): boolean {
    return this.#options.isCluster || this.#options.slides;
  }

  /** In a transaction it settles when that does. */
  set(client: Commands, key: string, value: Uint8Array, terms?: EntryTerms): Promise<unknown> {
    const set = () => this.#set(client, key, value, terms);
    return this.#options.isCluster && terms?.tags ? this.#tagged(client, key, terms, set) : set();
  }

  /** Not in a cluster: in one transaction. */
  async setMany(client: RedisClient, entries: readonly Entry[], terms?: EntryTerms): Promise<void> {
    const setAll = (commands: Commands) => entries.map(([key, value]) => this.set(commands, key, value, terms));
    if (this.#options.isCluster) await Promise.all(setAll(client));
    else await transact(client, (transaction) => void setAll(transaction));
  }

  async setIfAbsent(client: RedisClient, key: string, value: Uint8Array, terms?: EntryTerms): Promise<boolean> {
    const { keys, isCluster } = this.#options;
    const at = keys.place(key);
    const ttlMs = this.#ttlMs(terms);
    if (ttlMs === 0) return (await client.exists(at)) === 0;
    if (this.#needsScript(terms)) return (await this.#write(client, key, value, terms, 'NX')) !== null;
    const bytes = bufferOf(value);
    const put = () => (ttlMs === undefined ? client.set(at, bytes, 'NX') : client.set(at, bytes, 'PX', ttlMs, 'NX'));
    if ((await put()) === null) return false;
    if (isCluster && terms?.tags) await this.#tagged(client, key, terms, async () => undefined);
    return true;
  }

  async getAndSet(client: RedisClient, key: string, value: Uint8Array): Promise<Buffer | null> {
    const { keys, defaultTtlMs, slides } = this.#options;
    if (slides) return (await this.#write(client, key, value, undefined, 'GET')) as Buffer | null;
    const at = keys.place(key);
    return defaultTtlMs === undefined
      ? client.setBuffer(at, bufferOf(value), 'GET')
      : client.setBuffer(at, bufferOf(value), 'PX', defaultTtlMs, 'GET');
  }

  increment(client: RedisClient, key: string, by: number): Promise<string> {
    const { keys, defaultTtlMs = '', slides } = this.#options;
    const at = keys.place(key);
    const args = [String(by), String(defaultTtlMs)] as const;
    return slides
      ? client.pywattIncrementSliding(at, this.#companion(key), ...args)
      : client.pywattIncrement(at, ...args);
  }

  /** What tells an entry from those that are written after it; undefined without one. Where ttls slide, reads change it. */
  async mark(client: RedisClient, key: string): Promise<string | undefined> {
    const mark = await client.pywattMark(this.#options.keys.place(key));
    return mark === null ? undefined : this.#options.slides ? 'any' : mark;
  }

  /**
   * As `setIfAbsent`, and over an entry of this mark, too. Only under the lease of that token, which it ends; in a cluster,
   * where that is in another slot, its caller sees to it.
   */
  async storeLoaded(
    client: RedisClient,
    key: string,
    value: Uint8Array,
    terms: EntryTerms,
    mark: string | undefined,
    token: string,
  ): Promise<boolean> {
    let isSet = false;
    const put = async () => {
      isSet = (await this.#write(client, key, value, terms, 'NX', { mark, token })) !== null;
    };
    await (this.#options.isCluster && terms.tags ? this.#tagged(client, key, terms, put) : put());
    return isSet;
  }

  /** Lets an invalidation of the tags end the lock, too. */
  async tagLock(client: RedisClient, key: string, tags: readonly string[], ttlMs: number): Promise<void> {
    const { keys, isCluster } = this.#options;
    const member = keys.lockMember(client, key);
    const add = async (place: string) => {
      if (!isCluster) return client.pywattTagLock(place, member, String(ttlMs));
      return this.#letGo(client, place, await client.pywattTagBuffer(place, member, String(ttlMs), '1'));
    };
    await Promise.all(tags.map((tag) => add(keys.tagPlace(tag))));
  }

  #set(client: Commands, key: string, value: Uint8Array, terms: EntryTerms | undefined): Promise<unknown> {
    if (this.#needsScript(terms)) return this.#write(client, key, value, terms, '');
    const at = this.#options.keys.place(key);
    const ttlMs = this.#ttlMs(terms);
    // A chain of commands returns itself, to be awaited as a whole.
    const commands = client as RedisClient;
    if (ttlMs === 0) return commands.unlink(at);
    return ttlMs === undefined ? commands.set(at, bufferOf(value)) : commands.set(at, bufferOf(value), 'PX', ttlMs);
  }

  #write(
    client: Commands,
    key: string,
    value: Uint8Array,
    terms: EntryTerms | undefined,
    mode: Mode,
    { mark = '', token = '' }: { readonly mark?: string | undefined; readonly token?: string } = {},
  ): Promise<unknown> {
    const { keys, slides, isCluster } = this.#options;
    const commands = client as RedisClient;
    const at = keys.place(key);
    const args = [bufferOf(value), String(this.#ttlMs(terms) ?? ''), mode, slides ? '1' : '', mark];
    if (isCluster && !slides) return commands.pywattWriteOneBuffer(at, ...args);
    if (isCluster) return commands.pywattWriteSlidingBuffer(at, this.#companion(key), ...args);
    const tags = (terms?.tags ?? []).map((tag) => keys.tagPlace(tag));
    const lease = token === '' ? [] : keys.lockPlaces(leaseLock(key)).slice(0, 1);
    const places = [at, ...(slides ? [this.#companion(key)] : []), ...tags, ...lease];
    return commands.pywattWriteBuffer(places.length, ...places, ...args, token);
  }

  /**
   * In a cluster the place is in the sets before the entry is there, so that no crash can leave an entry without its tags,
   * and once more afterwards, because an invalidation between the two takes it out.
   */
  async #tagged(client: Commands, key: string, terms: EntryTerms, put: () => Promise<unknown>): Promise<void> {
    const { tags = [] } = terms;
    const ttlMs = this.#ttlMs(terms);
    this.checkTags(tags);
    const { keys } = this.#options;
    const commands = client as RedisClient;
    const at = keys.place(key);
    const add = (tag: string) => commands.pywattTagBuffer(keys.tagPlace(tag), at, String(ttlMs ?? ''), '');
    await Promise.all(tags.map(add));
    await put();
    await Promise.all(tags.map(async (tag) => this.#letGo(commands, keys.tagPlace(tag), await add(tag))));
  }

  /** Takes those of some places out of a set that have no entry. */
  async #letGo(client: RedisClient, tag: string, placesAndMoments: readonly Buffer[]): Promise<void> {
    for (let index = 0; index < placesAndMoments.length; index += 2) {
      const [place, moment] = placesAndMoments.slice(index, index + 2) as [Buffer, Buffer];
      if ((await client.exists(place)) === 0) await client.pywattUntag(tag, place, moment);
    }
  }

  #needsScript(terms: EntryTerms | undefined): boolean {
    return this.#options.slides || (!this.#options.isCluster && (terms?.tags ?? []).length > 0);
  }

  #ttlMs(terms: EntryTerms | undefined): number | undefined {
    return terms?.ttlMs ?? this.#options.defaultTtlMs;
  }

  /** Reading would have to prolong sets in other slots together with the entry. */
  checkTags(tags: readonly string[]): void {
    const { name, slides, isCluster } = this.#options;
    if (!slides || !isCluster || tags.length === 0) return;
    throw new CacheError(
      'OPERATION',
      `cache '${name}': a sliding cache in a cluster has no tags; leave out one of them`,
    );
  }

  #companion(key: string): string {
    const { name, keys, isCluster } = this.#options;
    const { place, isNear } = keys.ttlPlace(key);
    if (isNear || !isCluster) return place;
    const message = `cache '${name}': the key ${shownKey(key)} has a '}' without a name in braces before it; a sliding cache in a cluster cannot keep its ttl beside it`;
    throw new CacheError('OPERATION', message);
  }
}

async function nullIfNoString<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (isNoString(error)) return null;
    throw error;
  }
}

async function findPage(client: RedisClient, places: readonly string[]): Promise<(FoundPlace | null)[]> {
  const values = await client.pywattFindManyBuffer(places.length, ...places);
  const left = String(values.pop()).split(' ');
  return values.map((value, index) => value && [value, Number(left[index])]);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
