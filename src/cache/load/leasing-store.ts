import type { CacheStore, EntryTerms, FoundEntry } from '../cache-store.js';

export interface LeaseRequest {
  /** An entry with no more than this left to live is stale and does not do. Default 0: any entry does. */
  readonly staleForMs?: number | undefined;
  /** Of the entry that is to be loaded: an invalidation of one of them ends the lease. */
  readonly tags?: readonly string[] | undefined;
  /** How long to wait for whoever loads the entry now; the store cuts it to `longestLeaseWaitMs`. */
  readonly waitMs: number;
}

/** What becomes of a request for a lease. */
export type LeaseAnswer =
  /** The caller loads the entry. Without a token nobody else is kept from loading it, too. */
  | { readonly kind: 'load'; readonly token?: string | undefined }
  /** Somebody else has stored it meanwhile. */
  | { readonly kind: 'found'; readonly entry: FoundEntry }
  /** Somebody else loads it still. */
  | { readonly kind: 'busy' };

/** What was loaded, and how it is written. */
export interface LoadedEntry {
  readonly value: Uint8Array;
  readonly terms: EntryTerms;
  /** How long it lives on after its ttl, stale. */
  readonly staleForMs?: number | undefined;
}

/** A store that lets one of all its users load an entry at a time. */
export interface LeasingStore extends CacheStore {
  /**
   * Asks to load the entry of a key that was not found, or was stale: one of all who ask is told to, the others wait. A
   * lease runs out after `leaseMs` unless it is extended. Once `signal` aborts no lease is given.
   */
  lease(key: string, request: LeaseRequest, signal?: AbortSignal): Promise<LeaseAnswer>;
  /** Holds the lease for `ttlMs`, by default `leaseMs`, from now on; false when it is over. */
  extendLease(key: string, token: string, ttlMs?: number): Promise<boolean>;
  /**
   * Ends the lease and stores what was loaded, if anything was; whether it was stored. It is not when the lease was over
   * already: it had run out, or somebody wrote or deleted the key meanwhile.
   */
  settle(key: string, token: string | undefined, loaded?: LoadedEntry): Promise<boolean>;
}

/** What a module with a near cache needs, too. */
export interface SharedStore extends LeasingStore {
  /** As `getMany`, with the rest of their time. */
  findMany(keys: readonly string[]): Promise<ReadonlyMap<string, FoundEntry>>;
}

/** How long a lease is held that nobody extends: a loader that died keeps the others waiting for so long. */
export const leaseMs = 5_000;
export const longestLeaseWaitMs = 5_000;
