import { durationMs } from '../../foundation/index.js';
import type { CacheLoadOptions } from '../cache.js';
import { CacheError } from '../cache-error.js';
import type { EntryTerms } from '../cache-store.js';
import type { LoadedEntry } from './leasing-store.js';

/** How an entry is loaded and written, read from `CacheLoadOptions`. */
export interface LoadTerms {
  readonly entry: EntryTerms;
  readonly negativeTtlMs: number | undefined;
  readonly staleForMs: number;
  readonly jitter: number;
  readonly timeoutMs: number;
}

/** So much may be added to a ttl that the sum is still a time: 140,000 years. */
const longestStaleForMs = 2 ** 52;

/** `entry` is what the options say as those of a write. Throws ValueError or CacheError OPERATION; `where` names the cache. */
export function loadTerms(options: Omit<CacheLoadOptions, 'tags'>, entry: EntryTerms, where: string): LoadTerms {
  const { staleFor = '0ms', negativeTtl, jitter = 0, timeout = '30s' } = options;
  const staleForMs = Math.min(Math.ceil(durationMs(staleFor, 'staleFor')), longestStaleForMs);
  const negativeTtlMs =
    negativeTtl === undefined
      ? undefined
      : Math.min(Math.ceil(durationMs(negativeTtl, 'negativeTtl')), Number.MAX_SAFE_INTEGER);
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter < 1))
    throw refusal(where, `jitter is ${String(jitter)}; write the share of the ttl, such as 0.1, below 1`);
  // The default ttl is known only to whoever holds the cache, which may be an orchestrator.
  if (staleForMs > 0 && entry.ttlMs === undefined)
    throw refusal(where, 'staleFor needs a ttl beside it, because what is stale begins when the ttl ends');
  if (jitter > 0 && entry.ttlMs === undefined) throw refusal(where, 'jitter needs a ttl beside it, which it shortens');
  return {
    entry,
    negativeTtlMs,
    staleForMs,
    jitter,
    timeoutMs: durationMs(timeout, 'timeout'),
  };
}

/** What is stored of a load. `isNothing`: it found nothing. What has a ttl of 0 is not kept for being stale either. */
export function loadedEntry(value: Uint8Array, isNothing: boolean, terms: LoadTerms): LoadedEntry {
  const { entry, negativeTtlMs, staleForMs, jitter } = terms;
  const longestMs = isNothing ? (negativeTtlMs ?? entry.ttlMs) : entry.ttlMs;
  const ttlMs = longestMs && Math.ceil(longestMs * (1 - Math.random() * jitter));
  return { value, terms: { ...entry, ttlMs }, staleForMs: ttlMs ? staleForMs : 0 };
}

function refusal(where: string, what: string): CacheError {
  return new CacheError('OPERATION', `${where}: ${what}`);
}
