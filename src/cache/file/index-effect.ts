import type { CacheStats } from '../cache.js';

/** What is counted, without what can be seen. */
export type FileCounts = { -readonly [Name in Exclude<keyof CacheStats, 'entries' | 'bytes'>]: number };

/** The terms of an entry as JSON: null where there is no ttl. */
export interface WrittenTerms {
  readonly sizeBytes: number;
  /** Wall clock, in milliseconds. */
  readonly expiresAt: number | null;
  readonly ttlMs: number | null;
  readonly tags: readonly string[];
}

/**
 * One thing that happened to the cache, as the index file holds it. Every process applies the same effects in the same
 * order, so all agree on what there is, what it takes and what was counted. They say what came of a call (who gave way,
 * for one), not what was asked, so no process has to come to the same decision again.
 */
export type IndexEffect =
  | readonly ['set', key: string, file: string, terms: WrittenTerms]
  /** It makes room for the new entry of its key that comes next but for those that give way. */
  | readonly ['replace', key: string]
  /** Written with a ttl of 0. */
  | readonly ['gone', key: string]
  | readonly ['delete' | 'evict' | 'expire', key: string]
  /** Its file was missing or damaged. */
  | readonly ['lost', key: string]
  /** Every key with that prefix is deleted. */
  | readonly ['clear', prefix: string]
  | readonly ['invalidate', tags: readonly string[]]
  | readonly ['use', key: string, times: number]
  | readonly ['looked', hits: number, misses: number]
  | readonly ['renew', key: string, expiresAt: number]
  /** An invalidation of one of the tags frees it. */
  | readonly ['lock', key: string, token: string, expiresAt: number, fence: number, tags?: readonly string[]]
  | readonly ['unlock', key: string]
  /** Sets all counters and the last fence: the end of an index that was written anew. */
  | readonly ['counts', counts: FileCounts, fence: number];
