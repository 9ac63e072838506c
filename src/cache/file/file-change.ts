import { CacheError } from '../cache-error.js';
import { largerThanCache } from '../larger-than-cache.js';
import { leaseLock } from '../load/lease-lock.js';
import type { FileIndex } from './file-index.js';
import type { IndexEffect, WrittenTerms } from './index-effect.js';

export interface FileBounds {
  /** The cache's name, for messages. */
  readonly name: string;
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** False when the policy lets nothing go: what does not fit is refused. */
  readonly evicts: boolean;
}

/** One change of the index by who holds the directory: applies what it decides, and notes it for the others. */
export class FileChange {
  readonly effects: IndexEffect[] = [];

  constructor(
    readonly index: FileIndex,
    private readonly bounds: FileBounds,
    readonly now: number,
  ) {}

  apply(...effects: IndexEffect[]): void {
    for (const effect of effects) {
      this.index.apply(effect);
      this.effects.push(effect);
    }
  }

  /** Makes room and puts an entry in whose file is there; `checkFits` comes first. False when its time is over already. */
  put(key: string, file: string, terms: WrittenTerms): boolean {
    this.#dropExpired(key);
    if (terms.expiresAt !== null && terms.expiresAt <= this.now) {
      this.apply(['gone', key]);
      return false;
    }
    if (this.index.get(key, this.now)) this.apply(['replace', key]);
    this.#makeRoom(terms.sizeBytes);
    this.apply(['set', key, file, terms]);
    return true;
  }

  /** Whether it was there. Who loads it meanwhile, in whatever process, finds that its lease is over. */
  delete(key: string): boolean {
    const lease = leaseLock(key);
    if (this.index.holderOf(lease, this.now)) this.apply(['unlock', lease]);
    this.#dropExpired(key);
    if (!this.index.get(key, this.now)) return false;
    this.apply(['delete', key]);
    return true;
  }

  /** Gives up at most `limit` expired entries; whether more wait. */
  collectExpired(limit = Infinity): boolean {
    for (let collected = 0; ; collected += 1) {
      const first = this.index.firstExpired(this.now);
      if (!first) return false;
      if (collected >= limit) return true;
      this.apply(['expire', first.key]);
    }
  }

  /** Throws FULL when the policy is none and these entries do not all fit. */
  checkFits(entries: Iterable<readonly [key: string, sizeBytes: number]>): void {
    const { name, maxBytes, evicts } = this.bounds;
    if (evicts) return;
    this.collectExpired();
    let [moreBytes, moreEntries] = [0, 0];
    for (const [key, sizeBytes] of entries) {
      const old = this.index.get(key, this.now);
      moreBytes += sizeBytes - (old?.sizeBytes ?? 0);
      if (!old) moreEntries += 1;
    }
    if (this.#hasRoomFor(moreBytes, moreEntries)) return;
    const message = `cache '${name}' is full and its policy is none, so nothing gives way; nothing was stored. Raise max, delete entries or choose another policy`;
    throw new CacheError('FULL', message, {
      details: { maxBytes, bytes: this.index.bytes, entries: this.index.size },
    });
  }

  #makeRoom(sizeBytes: number): void {
    while (!this.#hasRoomFor(sizeBytes, 1)) {
      const expired = this.index.firstExpired(this.now);
      if (expired) {
        this.apply(['expire', expired.key]);
        continue;
      }
      const evicted = this.index.evict();
      if (!evicted) return;
      this.effects.push(evicted);
    }
  }

  #dropExpired(key: string): void {
    if (this.index.isExpired(key, this.now)) this.apply(['expire', key]);
  }

  #hasRoomFor(bytes: number, entries: number): boolean {
    const { maxBytes, maxEntries } = this.bounds;
    return this.index.bytes + bytes <= maxBytes && this.index.size + entries <= maxEntries;
  }
}

/** Throws FULL for an entry that could not be held even alone. */
export function checkFitsAlone({ name, maxBytes }: FileBounds, key: string, sizeBytes: number): void {
  if (sizeBytes > maxBytes) throw largerThanCache({ cache: name, key }, maxBytes, sizeBytes);
}
