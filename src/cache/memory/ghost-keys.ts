/** The keys that were given up lately, as 32-bit hashes: two keys that share one do no harm. */
export class GhostKeys {
  readonly #hashes = new Set<number>();
  /** In the order they came; those before `#next` are over. */
  #order: number[] = [];
  #next = 0;

  /** Remembers the key, and at most `limit` keys in all. */
  add(key: string, limit: number): void {
    const hash = hashOf(key);
    if (!this.#hashes.has(hash)) {
      this.#hashes.add(hash);
      this.#order.push(hash);
    }
    while (this.#hashes.size > Math.max(1, limit)) this.#hashes.delete(this.#order[this.#next++]!);
    // Those that were taken leave holes in the order; it is bounded all the same.
    if (this.#order.length > 2 * this.#hashes.size + 16) this.#compact();
  }

  /** Whether the key was remembered; it is forgotten then. */
  take(key: string): boolean {
    return this.#hashes.delete(hashOf(key));
  }

  #compact(): void {
    this.#order = [...new Set(this.#order.slice(this.#next))].filter((hash) => this.#hashes.has(hash));
    this.#next = 0;
  }
}

/** FNV-1a over UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
