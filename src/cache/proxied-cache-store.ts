import type { ServiceCallOptions, ServiceConnection, WireJson } from '../wire/index.js';
import type { CacheStats } from './cache.js';
import {
  type CacheCall,
  cacheCalls,
  type CacheOperation,
  onceOnly,
  type ParamsOf,
  type ResultOf,
} from './cache-calls.js';
import { CacheError, cacheErrorFrom } from './cache-error.js';
import type { TakenLock } from './cache-lock.js';
import type { EntryTerms, FoundEntry } from './cache-store.js';
import type { LeaseAnswer, LeaseRequest, LeasingStore, LoadedEntry } from './load/leasing-store.js';
import type { MergedReads } from './merged-reads.js';
import { proxiedReads } from './proxied-reads.js';

/** The orchestrator's cache, seen from a module: every method is one call on the connection. Owns the connection. */
export class ProxiedCacheStore implements LeasingStore {
  readonly description: string;
  readonly maxBytes: number | undefined;
  /** undefined where the orchestrator does not answer several reads at once. */
  readonly #reads: MergedReads<Uint8Array> | undefined;
  #isClosed = false;

  constructor(
    readonly name: string,
    private readonly connection: ServiceConnection,
  ) {
    const { description: backend, max_bytes: maxBytes, gets_each: getsEach } = connection.info;
    this.maxBytes = typeof maxBytes === 'number' ? maxBytes : undefined;
    const ways = {
      get: (key: string) => this.#call('get', { key }),
      getEach: (keys: readonly string[]) => this.#call('get_each', { keys }),
    };
    this.#reads = getsEach === true ? proxiedReads(ways) : undefined;
    this.description = typeof backend === 'string' ? `${backend} of the orchestrator` : 'cache of the orchestrator';
  }

  get maxMessageBytes(): number | undefined {
    return this.connection.maxMessageBytes;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    if (!this.#reads) return this.#call('get', { key });
    return (await this.#reads.get(key)) ?? undefined;
  }

  /** A plain orchestrator has no such operation: there an entry seems to live on without end. */
  async find(key: string): Promise<FoundEntry | undefined> {
    if (this.connection.typedValues) return this.#call('find', { key });
    const value = await this.get(key);
    return value && { value, leftMs: Infinity };
  }

  async set(key: string, value: Uint8Array, terms?: EntryTerms): Promise<void> {
    this.#needTags(terms?.tags);
    return this.#call('set', { ...terms, key, value });
  }

  delete(key: string): Promise<boolean> {
    return this.#call('delete', { key });
  }

  exists(key: string): Promise<boolean> {
    return this.#call('exists', { key });
  }

  async setIfAbsent(key: string, value: Uint8Array, terms?: EntryTerms): Promise<boolean> {
    this.#needTags(terms?.tags);
    return this.#call('set_nx', { ...terms, key, value });
  }

  getAndSet(key: string, value: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#call('get_set', { key, value });
  }

  increment(key: string, by: number): Promise<number> {
    return this.#call('increment', { key, delta: by });
  }

  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#call('get_many', { keys });
  }

  async setMany(entries: ReadonlyMap<string, Uint8Array>, terms?: EntryTerms): Promise<void> {
    this.#needTags(terms?.tags);
    return this.#call('set_many', { ...terms, items: entries });
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#call('delete_many', { keys });
  }

  clear(namespace?: string): Promise<void> {
    return this.#call('clear', { namespace });
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    this.#needTags(tags);
    return this.#call('invalidate_tags', { tags });
  }

  lock(key: string, ttlMs: number): Promise<TakenLock | undefined> {
    return this.#call('lock', { key, ttlMs });
  }

  extendLock(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#call('extend_lock', { key, lock_token: token, ttlMs });
  }

  unlock(key: string, token: string): Promise<boolean> {
    return this.#call('unlock', { key, lock_token: token });
  }

  /** A plain orchestrator gives no leases: there each process loads for itself. */
  async lease(key: string, { waitMs, staleForMs = 0, tags }: LeaseRequest, signal?: AbortSignal): Promise<LeaseAnswer> {
    if (!this.connection.typedValues) return { kind: 'load' };
    return this.#call('lease', { key, wait_ms: waitMs, stale_ms: staleForMs, tags }, { signal });
  }

  async extendLease(key: string, token: string, ttlMs?: number): Promise<boolean> {
    return this.#call('extend_lease', { key, lease: token, ttlMs });
  }

  /** Under a plain orchestrator, which never tells how long an entry lives on, it is gone when it would become stale. */
  async settle(key: string, token: string | undefined, loaded?: LoadedEntry): Promise<boolean> {
    const { value, staleForMs = 0, terms } = loaded ?? {};
    if (this.connection.typedValues)
      return this.#call('settle_lease', { ...terms, key, lease: token, value, stale_ms: staleForMs });
    if (value) await this.set(key, value, terms);
    return value !== undefined;
  }

  stats(): Promise<CacheStats> {
    return this.#call('stats', {});
  }

  ping(): Promise<void> {
    return this.#call('ping', {});
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#reads?.flush();
    this.#isClosed = true;
    await this.connection.close();
  }

  /** Throws where the orchestrator would take tags without keeping them. */
  #needTags(tags: readonly string[] | undefined): void {
    if (!tags || this.connection.typedValues) return;
    const message = `cache '${this.name}': this orchestrator knows no tags of entries; leave tags out and delete by key`;
    throw new CacheError('OPERATION', message);
  }

  #call<O extends CacheOperation>(
    operation: O,
    params: ParamsOf<O>,
    options?: ServiceCallOptions,
  ): Promise<ResultOf<O>> {
    const call = cacheCalls[operation] as unknown as CacheCall<ParamsOf<O>, ResultOf<O>>;
    return this.perform(operation, call, params, options);
  }

  protected async perform<P, R>(
    operation: string,
    call: Pick<CacheCall<P, R>, 'params' | 'result'>,
    params: P,
    options?: ServiceCallOptions,
  ): Promise<R> {
    if (this.#isClosed) throw new CacheError('CLOSED', `cache '${this.name}' is closed`);
    // What was asked first is sent first.
    this.#reads?.flush();
    let answer: WireJson;
    try {
      answer = await this.connection.call(operation, call.params.write(params, this.connection.typedValues), options);
    } catch (error) {
      throw cacheErrorFrom(error, this.name, !onceOnly.has(operation));
    }
    return call.result.read(answer, `the answer to '${operation}'`);
  }
}
