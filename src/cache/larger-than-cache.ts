import { CacheError } from './cache-error.js';
import { shownKey } from './cache-key.js';

/** An entry that a cache could not hold even if it held nothing else. Without `sizeBytes` it is past the bound somehow. */
export function largerThanCache(
  { cache, key }: { readonly cache?: string | undefined; readonly key: string },
  maxBytes: number,
  sizeBytes?: number,
): CacheError {
  const size = sizeBytes ?? `more than ${maxBytes}`;
  const message = `cache '${cache}': the entry ${shownKey(key)} takes ${size} bytes and the whole cache holds ${maxBytes}; nothing was stored, the old value stays. Raise max or store less`;
  return new CacheError('FULL', message, { details: { ...(sizeBytes !== undefined && { sizeBytes }), maxBytes } });
}
