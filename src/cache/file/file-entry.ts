import { CacheEntry } from '../memory/cache-entry.js';
import type { WrittenTerms } from './index-effect.js';

const nowhere = new Uint8Array(0);

/** An entry as the index knows it; its value is in a file. */
export class FileEntry extends CacheEntry {
  /** When it was last used, in steps of the index; 0 when it was not since it was written. */
  usedAt = 0;
  /** How often it was used since it was written. */
  useCount = 0;

  constructor(
    key: string,
    /** The name of its file; no two writes ever share one. */
    readonly file: string,
    { sizeBytes, expiresAt, ttlMs, tags }: WrittenTerms,
  ) {
    super(key, nowhere, sizeBytes, expiresAt ?? Infinity, ttlMs ?? Infinity, tags);
  }
}
