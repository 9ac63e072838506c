import { type Duration, durationMs, type Logger, settlesWithin, ValueError } from '../../foundation/index.js';
import type { Cache, CacheLoadOptions } from '../cache.js';
import { SourceCopy, type SourceCopyOptions } from './source-copy.js';
import { WriteQueue } from './write-queue.js';

export interface WriteBehindOptions<V> extends SourceCopyOptions<V> {
  /**
   * Writes a batch to the source, all of it or, best, none. It is tried again when it rejects, so doing it twice must be as
   * good as once. `signal` aborts when its time is up.
   */
  readonly write: (entries: ReadonlyMap<string, V>, options: { readonly signal: AbortSignal }) => Promise<unknown>;
  /** So many entries may wait to be written or be under way. Default 1000. */
  readonly maxEntries?: number | undefined;
  /** How long `set` waits for room. Default 1 s. */
  readonly wait?: Duration | undefined;
  /** So many entries are written at once, at most. Default 100. */
  readonly batch?: number | undefined;
  /** How long the first entry of a batch waits for others. Default 100 ms. */
  readonly delay?: Duration | undefined;
  /** How long one attempt to write may take. Default 30 s. */
  readonly timeout?: Duration | undefined;
  /**
   * How often a batch is tried, at growing distances of up to 5 s; then each of its entries once by itself. Default 10, which
   * takes some 15 s when the source refuses at once.
   */
  readonly attempts?: number | undefined;
  /** How long `close` goes on writing. Default 5 s. */
  readonly closeTimeout?: Duration | undefined;
  /** Told of entries that were given up; they are deleted from the cache, too. What it throws is logged. */
  readonly onLost?: ((entries: ReadonlyMap<string, V>, error: unknown) => void) | undefined;
  /** Hears of what was lost. */
  readonly logger?: Logger | undefined;
}

const forgetMs = 1_000;

/**
 * Write-behind: what is set is in the cache at once, and written to the source in batches afterwards. Of several values of
 * one key only the last is written. What waits is in this process's memory alone and is lost if the process is killed.
 *
 * As a provider of a module (by `useFactory`) it is flushed when the module stops; elsewhere whoever made it closes it.
 * Read by `get` or `getOrSet` here, not by the cache, which may have given up what still waits. Values must not be changed
 * once they are set.
 */
export class WriteBehind<V = unknown> implements AsyncDisposable {
  readonly #cache: Cache;
  readonly #options: WriteBehindOptions<V>;
  readonly #copy: SourceCopy<V>;
  readonly #queue: WriteQueue<V>;

  /** Throws ValueError for a malformed duration or count. The cache stays the caller's. */
  constructor(cache: Cache, options: WriteBehindOptions<V>) {
    this.#cache = cache;
    this.#options = options;
    this.#copy = new SourceCopy(cache, options);
    this.#queue = new WriteQueue({
      write: options.write,
      lost: (entries, error) => this.#lost(entries, error),
      maxEntries: count(options.maxEntries ?? 1_000, 'maxEntries'),
      waitMs: durationMs(options.wait ?? '1s', 'wait'),
      batch: count(options.batch ?? 100, 'batch'),
      delayMs: durationMs(options.delay ?? '100ms', 'delay'),
      timeoutMs: durationMs(options.timeout ?? '30s', 'timeout'),
      attempts: count(options.attempts ?? 10, 'attempts'),
      closeTimeoutMs: durationMs(options.closeTimeout ?? '5s', 'closeTimeout'),
    });
  }

  /** How many entries wait to be written or are under way. */
  get size(): number {
    return this.#queue.size;
  }

  /** The value that was set last, whether the source has it yet or not; as `Cache.get` otherwise. */
  async get(key: string): Promise<V | undefined> {
    return this.#queue.has(key) ? this.#queue.get(key) : this.#cache.get<V>(this.#copy.keyOf(key));
  }

  /** As `Cache.getOrSet`, but a value that still waits comes first. */
  async getOrSet(key: string, load: () => Promise<V>, options?: CacheLoadOptions): Promise<V> {
    return this.#queue.has(key) ? this.#queue.get(key)! : this.#cache.getOrSet(this.#copy.keyOf(key), load, options);
  }

  /**
   * Resolves when the value waits to be written and is in the cache. Rejects with CacheError, having changed nothing: FULL
   * when so many entries wait that there is no room in time, CLOSED, and OPERATION and SERIALIZATION for what no cache would
   * take. When the cache fails its copy is deleted; when that fails, too, `set` rejects, and the value is written all the
   * same.
   */
  async set(key: string, value: V): Promise<void> {
    const entry = this.#copy.check(key, value);
    await this.#queue.put(key, value);
    await this.#copy.inOrder(key, () => this.#copy.put(entry));
  }

  /** Resolves when all that was set before is in the source. Rejects with OPERATION when some of it was given up. */
  flush(): Promise<void> {
    return this.#queue.flush();
  }

  /**
   * Writes what waits, for `closeTimeout` at most, and resolves with what could not be written; what was under way then may
   * have been. From now on `set` is refused. Idempotent.
   */
  close(): Promise<ReadonlyMap<string, V>> {
    return this.#queue.close();
  }

  /** The module stops. */
  async onStop(): Promise<void> {
    await this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #lost(entries: ReadonlyMap<string, V>, error: unknown): Promise<void> {
    const { logger, onLost } = this.#options;
    logger?.error('entries could not be written behind the cache and were given up', { entries: entries.size, error });
    try {
      onLost?.(entries, error);
    } catch (mistake) {
      logger?.error('onLost of a WriteBehind failed', { error: mistake });
    }
    // The source never had them. A copy that is being stored goes afterwards; a cache that is away forgets it by its ttl.
    const forgotten = [...entries.keys()].map((key) =>
      this.#copy.inOrder(key, () => this.#copy.forget(this.#copy.keyOf(key))),
    );
    await settlesWithin(Promise.allSettled(forgotten), forgetMs);
  }
}

function count(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ValueError(`${name} is ${value}; write a whole number above 0`);
}
