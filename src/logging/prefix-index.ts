import type { Pattern } from './pattern-table.js';

/** A secret of more than this that is written in parts is not waited for. */
const longestEnd = 64 * 1024;

/** Tells whether a text ends with the beginning of a pattern. */
export class PrefixIndex {
  readonly #sorted: readonly string[];
  readonly #firstPairs = new Uint8Array(1 << 16);
  readonly #firsts = new Set<number>();
  readonly #longest: number;

  constructor(patterns: readonly Pattern[]) {
    this.#sorted = patterns.map(({ text }) => text).sort((a, b) => (a < b ? -1 : 1));
    let longest = 0;
    for (const text of this.#sorted) {
      longest = Math.max(longest, text.length);
      this.#firsts.add(text.charCodeAt(0));
      this.#firstPairs[pairAt(text, 0)] = 1;
    }
    this.#longest = Math.min(longestEnd, longest - 1);
  }

  /** The length of the longest end of `text` that begins, and is not all of, a pattern. */
  openEnd(text: string): number {
    for (let at = Math.max(0, text.length - this.#longest); at < text.length - 1; at++) {
      if (this.#firstPairs[pairAt(text, at)] === 1 && this.#begins(text.slice(at))) return text.length - at;
    }
    return this.#firsts.has(text.charCodeAt(text.length - 1)) ? 1 : 0;
  }

  #begins(end: string): boolean {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! <= end) low = middle + 1;
      else high = middle;
    }
    return this.#sorted[low]?.startsWith(end) ?? false;
  }
}

function pairAt(text: string, at: number): number {
  return ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + 1)) & 0xffff;
}
