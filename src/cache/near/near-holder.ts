import { randomInt } from 'node:crypto';
import { Deferred, settlesWithin } from '../../foundation/index.js';
import type { ChangedKeys } from './changed-keys.js';
import { leaseMs } from './near-limits.js';

/** What a module has to forget; it confirms the revision once it has. */
export interface NearChange {
  readonly revision: number;
  /** undefined: everything. */
  readonly keys: readonly string[] | undefined;
}

/** Until when a module may answer for a key from its own memory. */
export interface Lease {
  readonly end: number;
  /** Whether it followed no other that still ran. */
  readonly isFirst: boolean;
}

interface Unconfirmed {
  readonly revision: number;
  readonly end: number;
}

interface Waiting {
  readonly revision: number;
  readonly confirmed: Deferred<void>;
}

export interface NearHolderOptions {
  /** How many keys it may hold. */
  readonly maxEntries: number;
  /** The clock, in milliseconds; monotonic by default. */
  readonly now?: (() => number) | undefined;
}

/** More are told as everything. */
const maxKeysTold = 1_000;
const maxCharactersTold = 64 * 1024;

/**
 * What the orchestrator knows of one module's near cache: for which keys it may answer by itself, and which of them it
 * has to forget and has not confirmed yet. A key that changed is told with the answer to `watch`; the next `watch`
 * confirms it. What is not confirmed is told again, so that no lost answer is missed.
 */
export class NearHolder {
  readonly #maxEntries: number;
  readonly #now: () => number;
  /** In the order of their ends: each lease is as long as all others. */
  readonly #leases = new Map<string, Lease>();
  readonly #unconfirmed = new Map<string, Unconfirmed>();
  readonly #waiting = new Set<Waiting>();
  // Begins anywhere, so that what was told by the orchestrator before cannot be confirmed to this one.
  #revision = randomInt(2 ** 47);
  #told: number | undefined;
  #watching: Deferred<void> | undefined;
  #isOver = false;

  constructor({ maxEntries, now = () => performance.now() }: NearHolderOptions) {
    this.#maxEntries = maxEntries;
    this.#now = now;
  }

  /** To be taken before the value is read. undefined when it holds as many as it may: the value must not be kept. */
  lease(key: string): Lease | undefined {
    const now = this.#now();
    for (const [held, { end }] of this.#leases) {
      if (end > now) break;
      this.#leases.delete(held);
    }
    const isHeld = this.#leases.delete(key);
    if (this.#isOver || (!isHeld && !this.#hasRoom(now))) return undefined;
    const lease = { end: now + leaseMs, isFirst: !isHeld };
    this.#leases.set(key, lease);
    return lease;
  }

  /** There was nothing to keep. Another read of the key may have found something, and needs the lease. */
  forgo(key: string, lease: Lease): void {
    if (lease.isFirst && this.#leases.get(key) === lease) this.#leases.delete(key);
  }

  /**
   * To be called after a write. undefined when the module holds none of the keys; else resolves when it has confirmed
   * that it has forgotten them, or cannot answer for them any more.
   */
  forget(changed: ChangedKeys): Promise<void> | undefined {
    const now = this.#now();
    let revision = -1;
    let end = now;
    let isNews = false;
    for (const key of this.#among(changed)) {
      const lease = this.#leases.get(key);
      let told = this.#unconfirmed.get(key);
      if (lease !== undefined && lease.end > now) {
        told = { revision: this.#revision + 1, end: lease.end };
        this.#unconfirmed.set(key, told);
        isNews = true;
      }
      this.#leases.delete(key);
      // It may still answer with what an earlier write has changed.
      if (told === undefined || told.end <= now) continue;
      revision = Math.max(revision, told.revision);
      end = Math.max(end, told.end);
    }
    if (isNews) {
      this.#revision += 1;
      this.#watching?.resolve();
    }
    return end > now ? this.#confirmed(revision, end - now) : undefined;
  }

  /** Confirms what was told last and resolves with what is to be forgotten, when there is something. */
  async watch(confirmed: number): Promise<NearChange> {
    this.#watching?.resolve();
    if (confirmed === this.#told) this.#confirm(confirmed);
    if (!this.#isOver && !this.#hasNews()) {
      const watching = (this.#watching = new Deferred<void>());
      await watching.promise;
      if (this.#watching === watching) this.#watching = undefined;
    }
    this.#told = this.#revision;
    return { revision: this.#revision, keys: this.#keysToTell() };
  }

  /** The module has forgotten everything and keeps nothing any more. */
  release(): void {
    this.close();
    this.#leases.clear();
    this.#confirm(this.#revision);
  }

  /** The module is gone, or only out of reach: what it holds is waited for until it has run out. */
  close(): void {
    this.#isOver = true;
    this.#watching?.resolve();
  }

  /** Whether no write has to wait for it ever again. */
  get isGone(): boolean {
    if (!this.#isOver) return false;
    const now = this.#now();
    return [...this.#leases.values(), ...this.#unconfirmed.values()].every(({ end }) => end <= now);
  }

  #hasRoom(now: number): boolean {
    if (this.#leases.size + this.#unconfirmed.size < this.#maxEntries) return true;
    for (const [key, { end }] of this.#unconfirmed) if (end <= now) this.#unconfirmed.delete(key);
    return this.#leases.size + this.#unconfirmed.size < this.#maxEntries;
  }

  #among(changed: ChangedKeys): Iterable<string> {
    if (!('prefix' in changed)) return changed;
    const held = new Set([...this.#leases.keys(), ...this.#unconfirmed.keys()]);
    return [...held].filter((key) => key.startsWith(changed.prefix));
  }

  async #confirmed(revision: number, ms: number): Promise<void> {
    const waiting = { revision, confirmed: new Deferred<void>() };
    this.#waiting.add(waiting);
    // A timer may come a moment early.
    await settlesWithin(waiting.confirmed.promise, Math.ceil(ms) + 1);
    this.#waiting.delete(waiting);
  }

  #confirm(revision: number): void {
    for (const [key, told] of this.#unconfirmed) if (told.revision <= revision) this.#unconfirmed.delete(key);
    for (const waiting of this.#waiting) if (waiting.revision <= revision) waiting.confirmed.resolve();
  }

  #hasNews(): boolean {
    const now = this.#now();
    for (const { end } of this.#unconfirmed.values()) if (end > now) return true;
    this.#unconfirmed.clear();
    return false;
  }

  #keysToTell(): readonly string[] | undefined {
    const keys = [...this.#unconfirmed.keys()];
    const characters = keys.reduce((sum, key) => sum + key.length, 0);
    return keys.length > maxKeysTold || characters > maxCharactersTold ? undefined : keys;
  }
}
