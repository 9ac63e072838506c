import { Backoff, sleep } from '../../foundation/index.js';
import type { ServiceConnection } from '../../wire/index.js';
import type { CacheStats } from '../cache.js';
import type { FoundEntry } from '../cache-store.js';
import { ProxiedCacheStore } from '../proxied-cache-store.js';
import { type HeldEntry, nearCalls } from './near-calls.js';
import { NearTable } from './near-table.js';
import type { NearTerms } from './near-terms.js';

/** The reads of one key that are under way, until it is forgotten. */
interface Reads {
  count: number;
}

/** How long one `near_watch` waits before the next takes its place. */
const watchMs = 3_600_000;
const releaseMs = 2_000;

/**
 * The orchestrator's cache with the entries that were read of late in this process's memory. Each is kept for a lease,
 * counted from when it was asked for and so over here before it is over there, and no longer than half of what is left of
 * its ttl, so that a ttl that slides is renewed. What others write is told by the orchestrator, which answers the writer
 * once it is forgotten here. When that line drops everything is dropped, and nothing kept until it is back.
 */
export class NearCacheStore extends ProxiedCacheStore {
  readonly #leaseMs: number;
  readonly #findsMany: boolean;
  readonly #now: () => number;
  readonly #table: NearTable;
  readonly #reads = new Map<string, Reads>();
  readonly #closing = new AbortController();
  #isTold = false;

  constructor(name: string, connection: ServiceConnection, terms: NearTerms, now = () => performance.now()) {
    super(name, connection);
    this.#leaseMs = terms.leaseMs;
    this.#findsMany = terms.findsMany;
    this.#now = now;
    this.#table = new NearTable(terms, name, now);
    void this.#watch();
  }

  override async get(key: string): Promise<Uint8Array | undefined> {
    return this.#table.get(key) ?? (await this.#findAndKeep(key))?.value;
  }

  override async find(key: string): Promise<FoundEntry | undefined> {
    return this.#table.find(key) ?? this.#findAndKeep(key);
  }

  /** Takes what is near; what is not is asked for at once. */
  override async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    for (const key of keys) {
      const value = this.#table.get(key);
      if (value) found.set(key, value);
    }
    const others = keys.filter((key) => !found.has(key));
    if (others.length === 0 && keys.length > 0) return found;
    for (const [key, value] of await this.#getManyAndKeep(others)) found.set(key, value);
    return found;
  }

  /** Those of the shared cache and, as hits, what this module found near. */
  override async stats(): Promise<CacheStats> {
    const stats = await super.stats();
    return { ...stats, hits: stats.hits + this.#table.hits };
  }

  override async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#drop();
    // So that no write waits for leases that nobody uses; when it fails they run out.
    const released = this.perform('near_release', nearCalls.near_release, {}, { timeoutMs: releaseMs });
    await released.catch(() => undefined);
    await super.close();
  }

  async #findAndKeep(key: string): Promise<FoundEntry | undefined> {
    if (!this.#isTold) return super.find(key);
    return this.#keep(
      [key],
      () => this.perform('near_find', nearCalls.near_find, { key }),
      (found) => found,
    );
  }

  async #getManyAndKeep(keys: readonly string[]): Promise<Iterable<readonly [key: string, value: Uint8Array]>> {
    if (!this.#isTold || !this.#findsMany) return super.getMany(keys);
    const ask = () => this.perform('near_find_many', nearCalls.near_find_many, { keys });
    const found = await this.#keep(keys, ask, (entries, key) => entries.get(key));
    return [...found].map(([key, { value }]) => [key, value]);
  }

  /** What `ask` is answered, kept where it is leased and was not forgotten meanwhile. */
  async #keep<T>(
    keys: readonly string[],
    ask: () => Promise<T>,
    entryOf: (answer: T, key: string) => HeldEntry | undefined,
  ): Promise<T> {
    const askedAt = this.#now();
    const reads = keys.map((key) => this.#begin(key));
    try {
      const answer = await ask();
      for (const [index, key] of keys.entries()) {
        const entry = entryOf(answer, key);
        const isCurrent = this.#reads.get(key) === reads[index];
        if (isCurrent && entry?.isLeased)
          // What is left was rounded up to a whole millisecond.
          this.#table.set(key, entry, askedAt, Math.min(this.#leaseMs, (entry.leftMs - 1) / 2));
      }
      return answer;
    } finally {
      for (const [index, key] of keys.entries()) this.#end(key, reads[index]!);
    }
  }

  #begin(key: string): Reads {
    const reads = this.#reads.get(key) ?? { count: 0 };
    this.#reads.set(key, reads);
    reads.count += 1;
    return reads;
  }

  #end(key: string, reads: Reads): void {
    reads.count -= 1;
    if (reads.count === 0 && this.#reads.get(key) === reads) this.#reads.delete(key);
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    const backoff = new Backoff({ maxMs: 5_000 });
    let confirmed = 0;
    while (!signal.aborted) {
      const from = this.#now();
      this.#isTold = true;
      try {
        const watch = this.perform('near_watch', nearCalls.near_watch, { confirmed }, { timeoutMs: watchMs });
        const { revision, keys } = await watch;
        if (keys) for (const key of keys) this.#forget(key);
        else this.#drop();
        confirmed = revision;
      } catch {
        this.#isTold = false;
        this.#drop();
        await sleep(backoff.next(this.#now() - from), signal);
      }
    }
  }

  /** An answer that is under way may be the old value: it is given to who asked, and not kept. */
  #forget(key: string): void {
    this.#reads.delete(key);
    this.#table.delete(key);
  }

  #drop(): void {
    this.#reads.clear();
    this.#table.clear();
  }
}
