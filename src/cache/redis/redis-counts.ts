import type { CacheStats } from '../cache.js';
import type { FoundEntry } from '../cache-store.js';
import { countedSince } from '../counted-since.js';
import type { ServerCounts } from './redis-server-counts.js';

/** What is counted of a cache on Redis: hits, misses, sets and deletes by this process, the rest by the server for all. */
export class RedisCounts {
  sets = 0;
  deletes = 0;
  #hits = 0;
  #misses = 0;
  /** Of the server when it was first asked. */
  #before: ServerCounts | undefined;

  looked(value: Buffer | null): Uint8Array | undefined {
    if (value) this.#hits += 1;
    else this.#misses += 1;
    return value ?? undefined;
  }

  found(entry: readonly [value: Buffer, leftMs: number] | null): FoundEntry | undefined {
    const value = this.looked(entry && entry[0]);
    return value && { value, leftMs: entry![1] < 0 ? Infinity : Math.max(1, entry![1]) };
  }

  with(server: ServerCounts, held: Pick<CacheStats, 'entries' | 'bytes'>): CacheStats {
    this.#before ??= server;
    return {
      hits: this.#hits,
      misses: this.#misses,
      sets: this.sets,
      deletes: this.deletes,
      evictions: countedSince(this.#before.evictions, server.evictions),
      expirations: countedSince(this.#before.expirations, server.expirations),
      ...held,
    };
  }
}
