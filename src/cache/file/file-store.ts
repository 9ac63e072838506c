import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fewAtOnce } from '../../foundation/index.js';
import type { CacheStats } from '../cache.js';
import { shownKey } from '../cache-key.js';
import type { TakenLock } from '../cache-lock.js';
import type { EntryTerms, FoundEntry } from '../cache-store.js';
import { foundKeys } from '../found-keys.js';
import { sumOf } from '../integer-text.js';
import type { EntryMark, HeldLease, LeasableStore } from '../load/leasable-store.js';
import { leaseLock } from '../load/lease-lock.js';
import { entryBytes } from '../memory/cache-entry.js';
import { defaultPolicy, evictionPolicies } from '../memory/eviction-policy.js';
import { boundsText, defaultMaxBytes, type MemoryStoreOptions } from '../memory/memory-store.js';
import { checkFitsAlone, type FileBounds, type FileChange } from './file-change.js';
import { FileDirectory } from './file-directory.js';
import { checkFits, type Draft, put, writtenTerms } from './file-draft.js';
import type { FileEntry } from './file-entry.js';
import { FileIndex } from './file-index.js';
import type { WrittenTerms } from './index-effect.js';
import { newFileName } from './value-file.js';

export interface FileStoreOptions extends MemoryStoreOptions {
  /** Made when it is first written to. The cache is a directory of its name in it. */
  readonly directory: string;
}

interface FileMark extends EntryMark {
  /** No two writes ever share one. */
  readonly file: string | undefined;
}

/**
 * A cache in a directory, for all processes that open it: what one writes the others read, and the bounds hold for all
 * of them together. Each value is a file of its own, and one index file says which belong to the cache (`IndexFile`).
 *
 * A change takes the directory's lock (`DirectoryLock`), reads what others added to the index, decides, and adds one
 * line. So every operation is atomic between processes, and counters, bytes and entries are exact. A read takes no lock:
 * it asks the file system whether the index has grown, and reads the file of the value. Uses, hits and misses wait up to
 * 100 ms for the next change of their process to carry them: until then an eviction by another process does not know
 * of the use, and its `stats` do not count it. A killed process loses those, and nothing else.
 *
 * A value is written before the index says so and removed after, so a crash leaves at most a file that nothing refers
 * to; those are swept. The disk may hold values that are being written beside `max`. Nothing waits for the disk (no
 * fsync): after a loss of power, damaged values are misses and a damaged end of the index is dropped.
 *
 * Times are wall clock, because processes and restarts share them. Calls on small files (index, lock, counters) are
 * synchronous, those on values are not.
 */
export class FileStore implements LeasableStore<FileMark> {
  readonly name: string;
  readonly description: string;
  readonly #bounds: FileBounds;
  readonly #options: FileStoreOptions;
  readonly #now: () => number;
  readonly #directory: FileDirectory;

  get maxBytes(): number {
    return this.#bounds.maxBytes;
  }

  constructor(options: FileStoreOptions) {
    const { name, maxBytes = defaultMaxBytes, maxEntries, policy = defaultPolicy, now = Date.now } = options;
    this.name = name;
    this.description = `file (${options.directory}, ${boundsText(options)})`;
    this.#options = options;
    this.#now = now;
    this.#bounds = { name, maxBytes, maxEntries: maxEntries ?? Infinity, evicts: policy !== 'none' };
    this.#directory = new FileDirectory({
      // Dots too, because '..' is a name.
      path: join(options.directory, encodeURIComponent(name).replaceAll('.', '%2E')),
      bounds: this.#bounds,
      emptyIndex: () => new FileIndex(evictionPolicies[policy]()),
      now,
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.find(key))?.value;
  }

  async find(key: string): Promise<FoundEntry | undefined> {
    return (await this.findMany([key])).get(key);
  }

  async set(key: string, value: Uint8Array, terms?: EntryTerms): Promise<void> {
    await this.setMany(new Map([[key, value]]), terms);
  }

  async delete(key: string): Promise<boolean> {
    return this.#directory.change((change) => change.delete(key));
  }

  async exists(key: string): Promise<boolean> {
    return this.#directory.index().get(key, this.#now()) !== undefined;
  }

  async setIfAbsent(key: string, value: Uint8Array, terms?: EntryTerms): Promise<boolean> {
    if (await this.exists(key)) return false;
    return this.#write([[key, value]], terms, (change, drafts) => {
      if (change.index.get(key, change.now)) return false;
      put(change, drafts);
      return true;
    });
  }

  async mark(key: string): Promise<FileMark> {
    const file = this.#directory.index().get(key, this.#now())?.file;
    return { isPresent: file !== undefined, file };
  }

  async storeLoaded(
    key: string,
    value: Uint8Array,
    terms: EntryTerms,
    { token, mark }: HeldLease<FileMark>,
  ): Promise<boolean> {
    const lock = leaseLock(key);
    return this.#write([[key, value]], terms, (change, drafts) => {
      const present = change.index.get(key, change.now);
      const isHeld = change.index.holderOf(lock, change.now)?.token === token;
      if (!isHeld || (present && present.file !== mark.file)) return false;
      put(change, drafts);
      change.apply(['unlock', lock]);
      return true;
    });
  }

  async getAndSet(key: string, value: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#write([[key, value]], undefined, (change, drafts) => {
      checkFits(change, drafts);
      const previous = this.#directory.readNow(change, key);
      if (previous) change.apply(['use', key, 1], ['looked', 1, 0]);
      else change.apply(['looked', 0, 1]);
      put(change, drafts);
      return previous;
    });
  }

  async increment(key: string, by: number): Promise<number> {
    return this.#directory.change((change) => {
      const old = this.#directory.readNow(change, key);
      const entry = old && change.index.get(key, change.now);
      const sum = sumOf(old, by, `cache '${this.name}': key ${shownKey(key)}`);
      const value = Buffer.from(String(sum));
      const fresh = this.#termsOf(key, value, {});
      const terms = entry
        ? writtenTerms(entryBytes(key, value, entry.tags), entry.expiresAt, entry.ttlMs, entry.tags)
        : fresh;
      checkFitsAlone(this.#bounds, key, terms.sizeBytes);
      change.checkFits([[key, terms.sizeBytes]]);
      const file = newFileName(key);
      this.#directory.writeNow(file, { key, ...terms }, value);
      put(change, [{ key, file, terms }]);
      return sum;
    });
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return new Map([...(await this.findMany(keys))].map(([key, { value }]) => [key, value]));
  }

  async findMany(keys: readonly string[]): Promise<ReadonlyMap<string, FoundEntry>> {
    const reads: ({ readonly entry: FileEntry; readonly value: Uint8Array } | undefined)[] = [];
    await fewAtOnce(keys, async (key, index) => (reads[index] = await this.#directory.read(key)));
    const found = foundKeys(keys, (key, index) => {
      this.#directory.note(key, reads[index] !== undefined);
      return reads[index];
    });
    const expiries = await this.#renew([...found.values()].map(({ entry }) => entry));
    const now = this.#now();
    const leftMs = ({ key, expiresAt }: FileEntry) => Math.max(1, (expiries.get(key) ?? expiresAt) - now);
    return new Map([...found].map(([key, { entry, value }]) => [key, { value, leftMs: leftMs(entry) }]));
  }

  async setMany(entries: ReadonlyMap<string, Uint8Array>, terms?: EntryTerms): Promise<void> {
    await this.#write([...entries], terms, put);
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    return this.#directory.change((change) => keys.filter((key) => change.delete(key)).length);
  }

  async clear(namespace?: string): Promise<void> {
    await this.#directory.change((change) => {
      change.collectExpired();
      change.apply(['clear', namespace === undefined ? '' : `${namespace}:`]);
    });
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    await this.#directory.change((change) => {
      change.collectExpired();
      change.apply(['invalidate', tags]);
    });
  }

  async lock(key: string, ttlMs: number, tags: readonly string[] = []): Promise<TakenLock | undefined> {
    // Who waits for it asks often, and need not hold the directory for that.
    if (this.#directory.index().holderOf(key, this.#now())) return undefined;
    return this.#directory.change((change) => {
      if (change.index.holderOf(key, change.now)) return undefined;
      const token = randomUUID();
      // From the clock, so that fences grow when somebody deletes the directory, too.
      const fence = Math.max(change.index.fence + 1, change.now);
      change.apply(['lock', key, token, change.now + ttlMs, fence, tags]);
      return { token, fence };
    });
  }

  async extendLock(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#directory.change((change) => {
      const held = change.index.holderOf(key, change.now);
      if (held?.token !== token) return false;
      change.apply(['lock', key, token, change.now + ttlMs, held.fence, held.tags]);
      return true;
    });
  }

  async unlock(key: string, token: string): Promise<boolean> {
    return this.#directory.change((change) => {
      if (change.index.holderOf(key, change.now)?.token !== token) return false;
      change.apply(['unlock', key]);
      return true;
    });
  }

  async stats(): Promise<CacheStats> {
    return this.#directory.change((change) => {
      change.collectExpired();
      return change.index.stats();
    });
  }

  /** Also proves that the directory can be written to. */
  async ping(): Promise<void> {
    await this.#directory.change(() => undefined);
  }

  async close(): Promise<void> {
    await this.#directory.close();
  }

  /** Writes the files of the values, then runs `work`; the files go again when it fails or does not put them in. */
  async #write<T>(
    entries: readonly (readonly [key: string, value: Uint8Array])[],
    terms: EntryTerms | undefined,
    work: (change: FileChange, drafts: readonly Draft[]) => T,
  ): Promise<T> {
    const drafts = entries.map(([key, value]) => ({
      key,
      value,
      file: newFileName(key),
      terms: this.#termsOf(key, value, terms ?? {}),
    }));
    for (const draft of drafts) checkFitsAlone(this.#bounds, draft.key, draft.terms.sizeBytes);
    const headed = drafts.map(({ key, value, file, terms: written }) => ({ file, value, header: { key, ...written } }));
    return this.#directory.changeWith(headed, (change) => work(change, drafts));
  }

  #termsOf(
    key: string,
    value: Uint8Array,
    { ttlMs = this.#options.defaultTtlMs, tags = [] }: EntryTerms,
  ): WrittenTerms {
    const expiresAt = ttlMs === undefined ? Infinity : this.#now() + ttlMs;
    return writtenTerms(entryBytes(key, value, tags), expiresAt, ttlMs ?? Infinity, tags);
  }

  /** With sliding ttls: the new expiries by key. */
  async #renew(entries: readonly FileEntry[]): Promise<ReadonlyMap<string, number>> {
    const renewable = this.#options.slides === true ? entries.filter(({ ttlMs }) => ttlMs !== Infinity) : [];
    if (renewable.length === 0) return new Map();
    return this.#directory.change((change) => {
      const expiries = new Map<string, number>();
      for (const { key, file, ttlMs } of renewable) {
        if (change.index.get(key, change.now)?.file !== file) continue;
        expiries.set(key, change.now + ttlMs);
        change.apply(['renew', key, change.now + ttlMs]);
      }
      return expiries;
    });
  }
}
