import { type Duration, durationMs, messageOf } from '../../foundation/index.js';
import type { Cache } from '../cache.js';
import { CacheError } from '../cache-error.js';
import { checkKey, checkTags, shownKey } from '../cache-key.js';
import { encodeJson } from '../cache-value.js';

/** How what is written to a source stands in the cache. */
export interface SourceCopyOptions<V> {
  /** The key in the cache. Default: that of the source. */
  readonly key?: ((key: string) => string) | undefined;
  /** How long the copy lives; the cache's default ttl when left out. */
  readonly ttl?: Duration | undefined;
  readonly tags?: readonly string[] | ((key: string, value: V) => readonly string[]) | undefined;
}

/** An entry that the cache will take, unless it is away or full. */
export interface CheckedEntry {
  readonly key: string;
  readonly value: unknown;
  readonly tags: readonly string[];
}

/** The copies in a cache of what a source holds, those of one key written one after the other. */
export class SourceCopy<V> {
  readonly #cache: Cache;
  readonly #options: SourceCopyOptions<V>;
  /** The last write of each key that is under way. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(cache: Cache, options: SourceCopyOptions<V>) {
    if (options.ttl !== undefined) durationMs(options.ttl, 'ttl');
    this.#cache = cache;
    this.#options = options;
  }

  keyOf(key: string): string {
    return this.#options.key ? this.#options.key(key) : key;
  }

  /** Throws CacheError OPERATION and SERIALIZATION for what no cache would take. */
  check(key: string, value: V): CheckedEntry {
    const { tags = [] } = this.#options;
    const at = this.keyOf(key);
    checkKey(at, 'the cache beside a source');
    encodeJson(value, { key: at });
    const checked = checkTags(typeof tags === 'function' ? tags(key, value) : tags, `key ${shownKey(at)}`);
    return { key: at, value, tags: checked };
  }

  /** Runs `work` after all that was begun for the key before. */
  async inOrder<T>(key: string, work: () => Promise<T>): Promise<T> {
    const running = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, settled);
    try {
      return await running;
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }

  /**
   * Stores a copy. Where the cache does not take it, the old one is deleted, so that the next reader asks the source;
   * rejects when that fails, too: then the old value may be found until its ttl has run out.
   */
  async put({ key, value, tags }: CheckedEntry): Promise<void> {
    try {
      await this.#cache.set(key, value, { ttl: this.#options.ttl, tags });
    } catch (error) {
      await this.forget(key, error);
    }
  }

  /** Deletes the copy under that key of the cache. `cause`: why it must go. */
  async forget(key: string, cause?: unknown): Promise<void> {
    try {
      await this.#cache.delete(key);
    } catch (error) {
      const code = error instanceof CacheError ? error.code : 'OPERATION';
      const message = `key ${shownKey(key)}: an old value may be found in the cache until its ttl has run out, because it could not be deleted: ${messageOf(error)}`;
      throw new CacheError(code, message, { cause: cause ?? error });
    }
  }
}
