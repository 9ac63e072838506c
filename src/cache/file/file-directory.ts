import { join } from 'node:path';
import { fewAtOnce } from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';
import { DirectoryLock } from './directory-lock.js';
import { type FileBounds, FileChange } from './file-change.js';
import type { FileEntry } from './file-entry.js';
import { codeOf, fileError } from './file-error.js';
import type { FileIndex } from './file-index.js';
import { IndexFile } from './index-file.js';
import { ReadNotes } from './read-notes.js';
import { sweepFiles } from './sweep-files.js';
import { type ValueHeader, ValueFiles } from './value-file.js';

export interface FileDirectoryOptions {
  readonly path: string;
  readonly bounds: FileBounds;
  readonly emptyIndex: () => FileIndex;
  /** Wall clock, in milliseconds. */
  readonly now: () => number;
}

export interface DraftFile {
  readonly file: string;
  readonly header: ValueHeader;
  readonly value: Uint8Array;
}

type Outcome<T> = { readonly result: T } | { readonly refusal: CacheError };

const [tellAfterMs, tellAfterReads] = [100, 1_000];
const [collectNotBeforeMs, collectNotAfterMs, collectAtOnce] = [1_000, 60_000, 1_000];

/** A directory with one cache in it: its index, its values and the lock of all who change it. CLOSED once closed. */
export class FileDirectory {
  readonly #options: FileDirectoryOptions;
  readonly #lock: DirectoryLock;
  readonly #index: IndexFile;
  readonly #files: ValueFiles;
  readonly #notes = new ReadNotes();
  /** Written by the change that runs. */
  #writtenNow: string[] = [];
  #isClosed = false;
  #closing: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;
  #tellTimer: NodeJS.Timeout | undefined;
  #collectTimer: NodeJS.Timeout | undefined;

  constructor(options: FileDirectoryOptions) {
    const { path, bounds } = options;
    this.#options = options;
    this.#lock = new DirectoryLock(join(path, 'lock'), bounds.name);
    this.#index = new IndexFile(join(path, 'index'), options.emptyIndex);
    this.#files = new ValueFiles(path);
  }

  /** The index as it is now, to look at. */
  index(): FileIndex {
    this.#checkOpen();
    return this.#try(() => this.#index.current());
  }

  /**
   * Runs `work`, alone among all processes, on the index as it is now. What it applies happens, or nothing does when it
   * throws; only a CacheError is a refusal that keeps what was found out before: it must apply nothing of its own first.
   */
  async change<T>(work: (change: FileChange) => T): Promise<T> {
    return this.changeWith([], work);
  }

  /** As `change`, with files that are written before and removed again when `work` does not put them into the index. */
  async changeWith<T>(drafts: readonly DraftFile[], work: (change: FileChange) => T): Promise<T> {
    this.#checkOpen();
    let unused: readonly string[] = drafts.map(({ file }) => file);
    try {
      await fewAtOnce(drafts, ({ file, header, value }) => this.#files.write(file, header, value));
      const outcome = await this.#lock.run((checkHeld) => {
        this.#checkOpen();
        const { outcome, dropped } = this.#changeNow(work, checkHeld);
        const isUnused = ({ file, header }: DraftFile) => this.#index.known.fileOf(header.key) !== file;
        unused = [...drafts.filter(isUnused).map(({ file }) => file), ...dropped];
        return outcome;
      });
      if ('refusal' in outcome) throw outcome.refusal;
      return outcome.result;
    } catch (error) {
      throw fileError(error, this.#options.bounds.name, this.#options.path);
    } finally {
      await this.#files.remove(unused);
      this.#collectLater();
      if (!this.#isClosed)
        this.#sweeping ??= sweepFiles(this.#options.path, () => this.#index.current().files()).catch(() => undefined);
    }
  }

  /** For a file of `work` that `change` runs. */
  writeNow(file: string, header: ValueHeader, value: Uint8Array): void {
    this.#writtenNow.push(file);
    this.#files.writeNow(file, header, value);
  }

  /** The entry and its value. One whose file is missing or damaged is removed. */
  async read(key: string): Promise<{ readonly entry: FileEntry; readonly value: Uint8Array } | undefined> {
    let last: FileEntry | undefined;
    // The file may be gone because others wrote the key meanwhile: then the index says so.
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const entry = this.index().get(key, this.#options.now());
      if (!entry) return undefined;
      if (entry.file === last?.file) break;
      last = entry;
      const value = await this.#files.read(entry.file, key).catch((error: unknown) => {
        throw fileError(error, this.#options.bounds.name, this.#options.path);
      });
      if (value) return { entry, value };
    }
    return this.change((change) => {
      const value = this.readNow(change, key);
      return value && { entry: change.index.get(key, change.now)!, value };
    });
  }

  /** As `read`, within a change. */
  readNow(change: FileChange, key: string): Uint8Array | undefined {
    const entry = change.index.get(key, change.now);
    const value = entry && this.#files.readNow(entry.file, key);
    if (entry && !value) change.apply(['lost', key]);
    return value;
  }

  /** Notes a read for the next change to tell. */
  note(key: string, isHit: boolean): void {
    if (isHit) this.#notes.hit(key);
    else this.#notes.miss();
    this.#collectLater();
    if (this.#isClosed || (this.#tellTimer && this.#notes.reads !== tellAfterReads)) return;
    clearTimeout(this.#tellTimer);
    const delayMs = this.#notes.reads >= tellAfterReads ? 0 : tellAfterMs;
    this.#tellTimer = setTimeout(() => {
      this.#tellTimer = undefined;
      // What cannot be told now goes with the next change.
      if (!this.#notes.isEmpty) this.change(() => undefined).catch(() => undefined);
    }, delayMs).unref();
  }

  /** Tells what was read. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#tellTimer);
    clearTimeout(this.#collectTimer);
    const told = this.#notes.isEmpty ? undefined : this.change(() => undefined).catch(() => undefined);
    await told;
    this.#isClosed = true;
    clearTimeout(this.#tellTimer);
    clearTimeout(this.#collectTimer);
    await this.#sweeping;
    this.#index.forget();
  }

  #changeNow<T>(work: (change: FileChange) => T, checkHeld: () => void) {
    const { bounds, now } = this.#options;
    const index = this.#index.settled();
    const change = new FileChange(index, bounds, now());
    this.#writtenNow = [];
    try {
      change.apply(...this.#notes.effects());
      const outcome = outcomeOf(() => work(change));
      checkHeld();
      const dropped = index.takeDropped();
      this.#append(change, dropped);
      this.#notes.clear();
      return { outcome, dropped };
    } catch (error) {
      // The index holds what did not happen: it is read again.
      if (change.effects.length > 0) this.#index.forget();
      this.#files.removeNow(this.#writtenNow);
      throw error;
    }
  }

  #append({ effects }: FileChange, dropped: readonly string[]): void {
    if (effects.length === 0) return;
    try {
      this.#index.append(effects);
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') throw error;
      // A full disk must not keep anybody from deleting: what goes anyway makes room for the line that says so.
      if (dropped.length === 0) throw error;
      this.#files.removeNow(dropped);
      this.#index.append(effects);
    }
    this.#index.tidy();
  }

  #collectLater(): void {
    if (this.#collectTimer || this.#isClosed || this.#closing) return;
    const { nextExpiry } = this.#index.known;
    if (nextExpiry === Infinity) return;
    const delayMs = Math.max(collectNotBeforeMs, Math.min(nextExpiry - this.#options.now(), collectNotAfterMs));
    this.#collectTimer = setTimeout(() => {
      this.#collectTimer = undefined;
      void this.#collect().catch(() => undefined);
    }, delayMs).unref();
  }

  async #collect(): Promise<void> {
    if (this.index().firstExpired(this.#options.now())) {
      while (await this.change((change) => change.collectExpired(collectAtOnce)));
    }
    this.#collectLater();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new CacheError('CLOSED', `cache '${this.#options.bounds.name}' is closed`);
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw fileError(error, this.#options.bounds.name, this.#options.path);
    }
  }
}

function outcomeOf<T>(work: () => T): Outcome<T> {
  try {
    return { result: work() };
  } catch (error) {
    if (error instanceof CacheError) return { refusal: error };
    throw error;
  }
}
