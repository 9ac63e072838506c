import { Backoff, type CredentialUser, Deferred, settlesWithin, sleep } from '../../foundation/index.js';
import type { CacheStats } from '../cache.js';
import type { TakenLock } from '../cache-lock.js';
import type { EntryTerms, FoundEntry } from '../cache-store.js';
import type { EntryMark, HeldLease, LeasableStore } from './leasable-store.js';
import { leaseLock, userLock } from './lease-lock.js';
import {
  type LeaseAnswer,
  leaseMs,
  type LeaseRequest,
  type LoadedEntry,
  longestLeaseWaitMs,
  type SharedStore,
} from './leasing-store.js';

interface Lease extends HeldLease {
  mark: EntryMark;
  isEnded: boolean;
  readonly ended: Deferred<void>;
  timer: NodeJS.Timeout;
}

/**
 * Gives leases on the entries of a backend. A lease is a lock of the backend, so that it holds for everybody who shares
 * that; those given here are remembered, too, so that who waits here wakes when one ends, and a write, delete or
 * invalidation that passes through here ends the lease of its key. Those that reach the backend in another way end the
 * lock there, or are found by the mark when what was loaded is to be stored. So what was loaded before any of them is not
 * stored after it. Owns the backend.
 */
export class LeasedStore implements SharedStore {
  readonly name: string;
  readonly description: string;
  readonly #leases = new Map<string, Lease>();

  constructor(private readonly store: LeasableStore) {
    this.name = store.name;
    this.description = store.description;
  }

  get maxBytes(): number | undefined {
    return this.store.maxBytes;
  }

  get credentialUsers(): readonly CredentialUser[] {
    return this.store.credentialUsers ?? [];
  }

  async lease(key: string, request: LeaseRequest, signal?: AbortSignal): Promise<LeaseAnswer> {
    const { staleForMs = 0, waitMs, tags = [] } = request;
    const endsAt = performance.now() + Math.min(waitMs, longestLeaseWaitMs);
    const backoff = new Backoff({ initialMs: 10, maxMs: 200 });
    for (;;) {
      const held = this.#leases.get(key);
      const taken = held ? undefined : await this.store.lock(leaseLock(key), leaseMs, tags);
      if (taken) return this.#loadOrFound(key, taken, request, signal);
      const leftMs = endsAt - performance.now();
      if (leftMs <= 0 || signal?.aborted) return { kind: 'busy' };
      if (held) await settlesWithin(held.ended.promise, leftMs);
      else await sleep(Math.min(leftMs, backoff.next(0)), signal);
      // Without counting a miss.
      const entry = (await this.store.exists(key)) ? await this.store.find(key) : undefined;
      if (entry && entry.leftMs > staleForMs) return { kind: 'found', entry };
    }
  }

  async extendLease(key: string, token: string, ttlMs = leaseMs): Promise<boolean> {
    const lease = this.#held(key, token);
    if (!lease) return false;
    const isHeld = await this.store.extendLock(leaseLock(key), token, ttlMs, lease.tags);
    if (!isHeld) this.#end(key, lease);
    else if (this.#leases.get(key) === lease) this.#endIn(ttlMs, key, lease);
    return isHeld;
  }

  async settle(key: string, token: string | undefined, loaded?: LoadedEntry): Promise<boolean> {
    if (token === undefined) {
      if (loaded) await this.store.set(key, loaded.value, termsOf(loaded));
      return loaded !== undefined;
    }
    const lease = this.#held(key, token);
    if (!lease) return false;
    try {
      if (!loaded) return false;
      const isStored = await this.store.storeLoaded(key, loaded.value, termsOf(loaded), lease);
      if (isStored) this.#end(key, lease);
      return isStored;
    } finally {
      this.#revoke(key, lease);
    }
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.store.get(key);
  }

  find(key: string): Promise<FoundEntry | undefined> {
    return this.store.find(key);
  }

  set(key: string, value: Uint8Array, terms?: EntryTerms): Promise<void> {
    this.#revoke(key);
    return this.store.set(key, value, terms);
  }

  delete(key: string): Promise<boolean> {
    this.#revoke(key);
    return this.store.delete(key);
  }

  exists(key: string): Promise<boolean> {
    return this.store.exists(key);
  }

  setIfAbsent(key: string, value: Uint8Array, terms?: EntryTerms): Promise<boolean> {
    this.#revoke(key);
    return this.store.setIfAbsent(key, value, terms);
  }

  getAndSet(key: string, value: Uint8Array): Promise<Uint8Array | undefined> {
    this.#revoke(key);
    return this.store.getAndSet(key, value);
  }

  increment(key: string, by: number): Promise<number> {
    this.#revoke(key);
    return this.store.increment(key, by);
  }

  get getEach(): SharedStore['getEach'] {
    return this.store.getEach;
  }

  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.store.getMany(keys);
  }

  findMany(keys: readonly string[]): Promise<ReadonlyMap<string, FoundEntry>> {
    return this.store.findMany(keys);
  }

  setMany(entries: ReadonlyMap<string, Uint8Array>, terms?: EntryTerms): Promise<void> {
    for (const key of entries.keys()) this.#revoke(key);
    return this.store.setMany(entries, terms);
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    for (const key of keys) this.#revoke(key);
    return this.store.deleteMany(keys);
  }

  clear(namespace?: string): Promise<void> {
    const prefix = namespace === undefined ? '' : `${namespace}:`;
    for (const key of this.#leases.keys()) if (key.startsWith(prefix)) this.#revoke(key);
    return this.store.clear(namespace);
  }

  invalidateTags(tags: readonly string[]): Promise<void> {
    for (const [key, lease] of this.#leases) if (lease.tags.some((tag) => tags.includes(tag))) this.#revoke(key);
    return this.store.invalidateTags(tags);
  }

  lock(key: string, ttlMs: number): Promise<TakenLock | undefined> {
    return this.store.lock(userLock(key), ttlMs);
  }

  extendLock(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.store.extendLock(userLock(key), token, ttlMs);
  }

  unlock(key: string, token: string): Promise<boolean> {
    return this.store.unlock(userLock(key), token);
  }

  stats(): Promise<CacheStats> {
    return this.store.stats();
  }

  ping(): Promise<void> {
    return this.store.ping();
  }

  close(): Promise<void> {
    for (const [key, lease] of this.#leases) this.#end(key, lease);
    return this.store.close();
  }

  /** Looks again: somebody may have stored it between the caller's look and its lease. */
  async #loadOrFound(
    key: string,
    { token }: TakenLock,
    { staleForMs = 0, tags = [] }: LeaseRequest,
    signal: AbortSignal | undefined,
  ): Promise<LeaseAnswer> {
    const lease = this.#begin(key, token, tags);
    let isLoaded = false;
    try {
      // Before it is looked at, so that whoever writes it from then on is noticed.
      lease.mark = await this.store.mark(key, tags);
      const entry = lease.mark.isPresent ? await this.store.find(key) : undefined;
      signal?.throwIfAborted();
      if (entry && entry.leftMs > staleForMs) return { kind: 'found', entry };
      isLoaded = true;
      return { kind: 'load', token };
    } finally {
      if (!isLoaded) this.#revoke(key, lease);
    }
  }

  #begin(key: string, token: string, tags: readonly string[]): Lease {
    const before = this.#leases.get(key);
    if (before) this.#end(key, before);
    const timer = setTimeout(() => this.#end(key, lease), leaseMs).unref();
    const lease: Lease = { token, tags, mark: { isPresent: false }, isEnded: false, ended: new Deferred(), timer };
    this.#leases.set(key, lease);
    return lease;
  }

  #held(key: string, token: string): Lease | undefined {
    const lease = this.#leases.get(key);
    return lease?.token === token ? lease : undefined;
  }

  #endIn(ttlMs: number, key: string, lease: Lease): void {
    clearTimeout(lease.timer);
    lease.timer = setTimeout(() => this.#end(key, lease), ttlMs).unref();
  }

  #end(key: string, lease: Lease): void {
    clearTimeout(lease.timer);
    lease.isEnded = true;
    if (this.#leases.get(key) === lease) this.#leases.delete(key);
    lease.ended.resolve();
  }

  /** Ends the lease here at once and in the backend as soon as that does it, at the latest when the lock runs out. */
  #revoke(key: string, lease = this.#leases.get(key)): void {
    if (lease === undefined || this.#leases.get(key) !== lease) return;
    this.store.unlock(leaseLock(key), lease.token).catch(() => undefined);
    this.#end(key, lease);
  }
}

function termsOf({ terms, staleForMs = 0 }: LoadedEntry): EntryTerms {
  const { ttlMs } = terms;
  return { ...terms, ttlMs: ttlMs && Math.min(ttlMs + staleForMs, Number.MAX_SAFE_INTEGER) };
}
