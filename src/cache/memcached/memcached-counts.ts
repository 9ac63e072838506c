import type { CacheStats } from '../cache.js';
import { countedSince } from '../counted-since.js';

/**
 * What is counted of a cache on memcached: hits, misses, sets and deletes by this process, expirations as it came upon
 * them; evictions, entries and bytes by the servers, for all who use them.
 */
export class MemcachedCounts {
  sets = 0;
  deletes = 0;
  expirations = 0;
  #hits = 0;
  #misses = 0;
  /** Of the servers when they were first asked. */
  #evictionsBefore: number | undefined;

  looked(entry: object | undefined): void {
    if (entry) this.#hits += 1;
    else this.#misses += 1;
  }

  /** `reports`: what each server counts, by the names it has for it. */
  with(reports: readonly ReadonlyMap<string, string>[]): CacheStats {
    const sumOf = (name: string) => reports.reduce((sum, report) => sum + Number(report.get(name) ?? 0), 0);
    const evictions = sumOf('evictions');
    this.#evictionsBefore ??= evictions;
    return {
      hits: this.#hits,
      misses: this.#misses,
      sets: this.sets,
      deletes: this.deletes,
      evictions: countedSince(this.#evictionsBefore, evictions),
      expirations: this.expirations,
      entries: sumOf('curr_items'),
      bytes: sumOf('bytes'),
    };
  }
}
