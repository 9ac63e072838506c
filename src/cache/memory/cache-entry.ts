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
    public ttlMs = Infinity,
    public tags = noTags,
  ) {}

  /** The same key with another value. On no list meanwhile. */
  rewrite(value: Uint8Array, sizeBytes: number, expiresAt: number, ttlMs: number, tags: readonly string[]): this {
    this.value = value;
    this.sizeBytes = sizeBytes;
    this.expiresAt = expiresAt;
    this.ttlMs = ttlMs;
    this.tags = tags;
    return this;
  }
}

/** Key in UTF-8, value, tags and overhead. */
export function entryBytes(key: string, value: Uint8Array, tags = noTags): number {
  let sizeBytes = utf8Length(key) + value.byteLength + entryOverheadBytes;
  for (const tag of tags) sizeBytes += Buffer.byteLength(tag) + tagOverheadBytes;
  return sizeBytes;
}

/** Most keys are short and ASCII, and looked through sooner than handed to native code. */
function utf8Length(text: string): number {
  const { length } = text;
  if (length > 64) return Buffer.byteLength(text);
  for (let at = 0; at < length; at += 1) if (text.charCodeAt(at) > 0x7f) return Buffer.byteLength(text);
  return length;
}
