import type { Cache } from '../cache.js';
import { CacheError } from '../cache-error.js';
import { SourceCopy, type SourceCopyOptions } from './source-copy.js';

export interface WriteThroughOptions<V> extends SourceCopyOptions<V> {
  /** Writes to the source. */
  readonly write: (key: string, value: V) => Promise<unknown>;
  /** Removes from the source. Needed for `delete`. */
  readonly remove?: ((key: string) => Promise<unknown>) | undefined;
}

/**
 * Write-through: what is set is written to the source first and then to the cache. Writes of one key by this object follow
 * each other; another process that writes the same key may come in between, so give entries a ttl.
 *
 * A value that no cache would take is refused before the source is asked. When the source fails, its error is passed on
 * and the copy is deleted, because it may have been written all the same. When the cache fails, the copy is deleted and the
 * call succeeds; only when that fails, too, it rejects, with the CacheError of the cache.
 */
export class WriteThrough<V = unknown> {
  readonly #options: WriteThroughOptions<V>;
  readonly #copy: SourceCopy<V>;

  /** Throws ValueError for a malformed ttl. The cache stays the caller's. */
  constructor(cache: Cache, options: WriteThroughOptions<V>) {
    this.#options = options;
    this.#copy = new SourceCopy(cache, options);
  }

  async set(key: string, value: V): Promise<void> {
    const entry = this.#copy.check(key, value);
    await this.#copy.inOrder(key, async () => {
      await this.#inSource(entry.key, () => this.#options.write(key, value));
      await this.#copy.put(entry);
    });
  }

  /** Removes from the source, then from the cache. CONFIGURATION where no `remove` was given. */
  async delete(key: string): Promise<void> {
    const { remove } = this.#options;
    if (!remove) throw new CacheError('CONFIGURATION', 'a WriteThrough deletes only where it was given `remove`');
    const at = this.#copy.keyOf(key);
    await this.#copy.inOrder(key, async () => {
      await this.#inSource(at, () => remove(key));
      await this.#copy.forget(at);
    });
  }

  async #inSource(at: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // What the source says is the graver news.
      await this.#copy.forget(at).catch(() => undefined);
      throw error;
    }
  }
}
