/**
 * What one entry costs beside its key and value: the table slot, this object, the array's header and its store, and what
 * the policy remembers for it, as measured on Node 20 with 300,000 entries and rounded up.
 */
export const entryOverheadBytes = 432;

/** What each tag of an entry costs beside its text, at most: where nothing else has the tag. Measured in the same way. */
export const tagOverheadBytes = 192;

export const noTags: readonly string[] = [];

/** One entry, with the links of the lists it is on inside, so that no list needs a node of its own. */
export class CacheEntry {
  older: CacheEntry | undefined;
  newer: CacheEntry | undefined;
  /** The list of the policy it is on, or was on last. */
  list: { remove(entry: CacheEntry): void } | undefined;
  /** How often it was used, as far as its policy counts. */
  uses = 0;
  /** Its place in the heap of expiries; -1 while it is not there. */
  heapIndex = -1;

  constructor(
    readonly key: string,
    public value: Uint8Array,
    public sizeBytes: number,
    /** On the table's clock; Infinity for an entry without ttl. */
    public expiresAt: number,
    /** What it was written with; Infinity for an entry without ttl. */
    readonly ttlMs = Infinity,
    readonly tags = noTags,
  ) {}
}

/** Key in UTF-8, value, tags and overhead. */
export function entryBytes(key: string, value: Uint8Array, tags = noTags): number {
  let sizeBytes = Buffer.byteLength(key) + value.byteLength + entryOverheadBytes;
  for (const tag of tags) sizeBytes += Buffer.byteLength(tag) + tagOverheadBytes;
  return sizeBytes;
}
