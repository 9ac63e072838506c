import { randomUUID } from 'node:crypto';
import type { TakenLock } from '../cache-lock.js';

interface HeldLock {
  readonly token: string;
  expiresAt: number;
}

/** From so many locks on, those that have run out are dropped when another is taken. */
const sweepFrom = 1_000;

/** The locks of a memory cache, apart from its entries: they take no room of theirs and never give way. */
export class MemoryLocks {
  readonly #held = new Map<string, HeldLock>();
  /** From the time in microseconds: more than those of the process before, which what they guard may have outlived. */
  #fence = Date.now() * 1_000;
  #sweepAt = sweepFrom;

  constructor(private readonly now: () => number) {}

  take(key: string, ttlMs: number): TakenLock | undefined {
    if (this.#living(key)) return undefined;
    const token = randomUUID();
    this.#held.set(key, { token, expiresAt: this.now() + ttlMs });
    this.#fence += 1;
    if (this.#held.size >= this.#sweepAt) this.#sweep();
    return { token, fence: this.#fence };
  }

  extend(key: string, token: string, ttlMs: number): boolean {
    const lock = this.#living(key);
    if (lock?.token !== token) return false;
    lock.expiresAt = this.now() + ttlMs;
    return true;
  }

  release(key: string, token: string): boolean {
    return this.#living(key)?.token === token && this.#held.delete(key);
  }

  #living(key: string): HeldLock | undefined {
    const lock = this.#held.get(key);
    return lock && lock.expiresAt > this.now() ? lock : undefined;
  }

  #sweep(): void {
    for (const [key, { expiresAt }] of this.#held) if (expiresAt <= this.now()) this.#held.delete(key);
    this.#sweepAt = Math.max(sweepFrom, 2 * this.#held.size);
  }
}
