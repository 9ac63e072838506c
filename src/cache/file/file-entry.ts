import { CacheEntry, entryBytes } from '../memory/cache-entry.js';

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
    sizeBytes: number,
    expiresAt: number,
    /** The ttl it was written with; Infinity without one. */
    readonly ttlMs: number,
    readonly tags: readonly string[],
  ) {
    super(key, nowhere, sizeBytes, expiresAt);
  }
}

/** What an entry counts for: key, value, tags, and an overhead for its header, its line in the index and its place in memory. */
export function fileEntryBytes(key: string, value: Uint8Array, tags: readonly string[]): number {
  return tags.reduce((sum, tag) => sum + Buffer.byteLength(tag), entryBytes(key, value));
}
