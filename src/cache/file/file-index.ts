import type { CacheStats } from '../cache.js';
import { leaseLock } from '../load/lease-lock.js';
import type { EvictionPolicy } from '../memory/eviction-policy.js';
import { ExpiryHeap } from '../memory/expiry-heap.js';
import { TagIndex } from '../memory/tag-index.js';
import { FileEntry } from './file-entry.js';
import type { FileCounts, IndexEffect } from './index-effect.js';

interface HeldLock {
  readonly token: string;
  readonly expiresAt: number;
  readonly fence: number;
  /** Of the entry that is loaded under it. */
  readonly tags: readonly string[];
}

/** An entry used more often than this is no more used than others once the index was written anew. */
const mostUsesKept = 100;

/** What is in a file cache and what was counted, as the effects say that were applied. Files it never touches. */
export class FileIndex {
  readonly #entries = new Map<string, FileEntry>();
  readonly #expiries = new ExpiryHeap();
  readonly #tags = new TagIndex();
  readonly #locks = new Map<string, HeldLock>();
  readonly #counts: FileCounts = { hits: 0, misses: 0, sets: 0, deletes: 0, evictions: 0, expirations: 0 };
  #bytes = 0;
  #fence = 0;
  #uses = 0;
  #dropped: string[] = [];
  #replaced: FileEntry | undefined;

  constructor(private readonly policy: EvictionPolicy) {}

  get(key: string, now: number): FileEntry | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.expiresAt > now ? entry : undefined;
  }

  /** The file of the key's entry, whether or not its time is over. */
  fileOf(key: string): string | undefined {
    return this.#entries.get(key)?.file;
  }

  /** Whoever holds the lock now. */
  holderOf(key: string, now: number): HeldLock | undefined {
    const lock = this.#locks.get(key);
    return lock && lock.expiresAt > now ? lock : undefined;
  }

  /** The fence of the lock that was taken last. */
  get fence(): number {
    return this.#fence;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** When the next entry expires; Infinity when none ever does. */
  get nextExpiry(): number {
    return this.#expiries.first?.expiresAt ?? Infinity;
  }

  /** Whether the key has an entry whose time is over. */
  isExpired(key: string, now: number): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt <= now;
  }

  /** An entry whose time is over. */
  firstExpired(now: number): FileEntry | undefined {
    const first = this.#expiries.first as FileEntry | undefined;
    return first && first.expiresAt <= now ? first : undefined;
  }

  /** Gives up whom the policy names; undefined when nothing may go. */
  evict(): IndexEffect | undefined {
    const victim = this.policy.evict() as FileEntry | undefined;
    if (!victim) return undefined;
    this.#forget(victim);
    this.#counts.evictions += 1;
    return ['evict', victim.key];
  }

  /** The names of files that nothing refers to any more since the last call. */
  takeDropped(): readonly string[] {
    const dropped = this.#dropped;
    this.#dropped = [];
    return dropped;
  }

  /** The names of all files that are referred to. */
  files(): ReadonlySet<string> {
    return new Set([...this.#entries.values()].map(({ file }) => file));
  }

  stats(): CacheStats {
    return { ...this.#counts, entries: this.#entries.size, bytes: this.#bytes };
  }

  apply(effect: IndexEffect): void {
    switch (effect[0]) {
      case 'set':
        return this.#set(effect);
      case 'replace':
        this.#replaced = this.#drop(effect[1]);
        return;
      case 'gone':
        this.#drop(effect[1]);
        this.#counts.sets += 1;
        this.#counts.expirations += 1;
        return;
      case 'delete':
        if (this.#drop(effect[1])) this.#counts.deletes += 1;
        return;
      case 'evict':
        if (this.#drop(effect[1], 'evicted')) this.#counts.evictions += 1;
        return;
      case 'expire':
        if (this.#drop(effect[1])) this.#counts.expirations += 1;
        return;
      case 'lost':
        this.#drop(effect[1]);
        return;
      case 'clear':
        for (const key of this.#entries.keys()) if (key.startsWith(effect[1])) this.apply(['delete', key]);
        // Who loads one of them finds that its lease is over.
        for (const lock of this.#locks.keys()) if (lock.startsWith(leaseLock(effect[1]))) this.#locks.delete(lock);
        return;
      case 'invalidate':
        for (const tag of effect[1]) for (const { key } of this.#tags.entriesOf(tag)) this.apply(['delete', key]);
        for (const [key, { tags }] of this.#locks)
          if (tags.some((tag) => effect[1].includes(tag))) this.#locks.delete(key);
        return;
      case 'use':
        return this.#use(effect[1], effect[2]);
      case 'looked':
        this.#counts.hits += effect[1];
        this.#counts.misses += effect[2];
        return;
      case 'renew':
        return this.#renew(effect[1], effect[2]);
      case 'lock':
        this.#locks.set(effect[1], { token: effect[2], expiresAt: effect[3], fence: effect[4], tags: effect[5] ?? [] });
        this.#fence = Math.max(this.#fence, effect[4]);
        return;
      case 'unlock':
        this.#locks.delete(effect[1]);
        return;
      case 'counts':
        Object.assign(this.#counts, effect[1]);
        this.#fence = effect[2];
        return;
      default:
        // Of a newer version: which entries it changed is not known, so none is taken for true.
        for (const key of this.#entries.keys()) this.#drop(key);
    }
  }

  /** Effects that make the same of an empty index, without locks that ran out: in the order of writing, then that of use. */
  *effects(now: number): Generator<IndexEffect> {
    for (const [key, { token, expiresAt, fence, tags }] of this.#locks) {
      if (expiresAt > now) yield ['lock', key, token, expiresAt, fence, tags];
      else this.#locks.delete(key);
    }
    for (const { key, file, sizeBytes, expiresAt, ttlMs, tags } of this.#entries.values())
      yield ['set', key, file, { sizeBytes, expiresAt: orNull(expiresAt), ttlMs: orNull(ttlMs), tags }];
    const used = [...this.#entries.values()].filter(({ usedAt }) => usedAt > 0).toSorted((a, b) => a.usedAt - b.usedAt);
    for (const { key, useCount } of used) yield ['use', key, Math.min(useCount, mostUsesKept)];
    yield ['counts', { ...this.#counts }, this.#fence];
  }

  #set([, key, file, terms]: Extract<IndexEffect, readonly ['set', ...unknown[]]>): void {
    const previous = this.#drop(key) ?? (this.#replaced?.key === key ? this.#replaced : undefined);
    this.#replaced = undefined;
    const entry = new FileEntry(key, file, terms);
    this.#entries.set(key, entry);
    this.#bytes += entry.sizeBytes;
    this.#counts.sets += 1;
    this.policy.add(entry, previous);
    this.#expiries.add(entry);
    this.#tags.add(entry);
  }

  #use(key: string, times: number): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#uses += 1;
    entry.usedAt = this.#uses;
    entry.useCount += times;
    for (let use = 0; use < times; use += 1) this.policy.use(entry);
  }

  #renew(key: string, expiresAt: number): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#expiries.remove(entry);
    entry.expiresAt = expiresAt;
    this.#expiries.add(entry);
  }

  #drop(key: string, why?: 'evicted'): FileEntry | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (why && this.policy.givenUp) this.policy.givenUp(entry);
    else this.policy.remove(entry);
    this.#forget(entry);
    return entry;
  }

  #forget(entry: FileEntry): void {
    this.#entries.delete(entry.key);
    this.#bytes -= entry.sizeBytes;
    this.#expiries.remove(entry);
    this.#dropped.push(entry.file);
    this.#tags.remove(entry);
  }
}

/** As JSON. */
export function orNull(ms: number): number | null {
  return ms === Infinity ? null : ms;
}
