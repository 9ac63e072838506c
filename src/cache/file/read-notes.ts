import type { IndexEffect } from './index-effect.js';

/** So many keys are noted at most; more reads still count, but no longer as uses. */
const mostKeys = 10_000;

/** What this process has read and not told the others yet. */
export class ReadNotes {
  #uses = new Map<string, number>();
  #hits = 0;
  #misses = 0;

  get isEmpty(): boolean {
    return this.#hits + this.#misses === 0;
  }

  /** How many reads it holds. */
  get reads(): number {
    return this.#hits + this.#misses;
  }

  hit(key: string): void {
    this.#hits += 1;
    const times = this.#uses.get(key) ?? 0;
    if (times === 0 && this.#uses.size >= mostKeys) return;
    // The one used last comes last.
    this.#uses.delete(key);
    this.#uses.set(key, times + 1);
  }

  miss(): void {
    this.#misses += 1;
  }

  effects(): IndexEffect[] {
    if (this.isEmpty) return [];
    const uses = [...this.#uses].map(([key, times]): IndexEffect => ['use', key, times]);
    return [...uses, ['looked', this.#hits, this.#misses]];
  }

  clear(): void {
    this.#uses = new Map();
    this.#hits = 0;
    this.#misses = 0;
  }
}
