import type { Pattern } from './pattern-table.js';

/** A secret of more than this that is written in parts is not waited for. */
const longestEnd = 64 * 1024;
/** Of those that are there; more that come at once are sorted together with them. */
const fewOf = 64;

/** Tells whether a text ends with the beginning of a pattern. Patterns may come and go. */
export class PrefixIndex {
  #sorted: string[] = [];
  /** Not among those yet. */
  #added: string[] = [];
  readonly #firstPairs = new Uint32Array(1 << 16);
  readonly #firsts = new Uint32Array(1 << 16);
  /** Of all that have been here. */
  #longest = 0;

  add({ text }: Pattern): void {
    this.#added.push(text);
    this.#count(text, 1);
    this.#longest = Math.max(this.#longest, Math.min(longestEnd, text.length - 1));
  }

  /** One that was added. */
  delete({ text }: Pattern): void {
    this.#settle();
    this.#sorted.splice(this.#placeOf(text), 1);
    this.#count(text, -1);
  }

  /** The length of the longest end of `text` that begins, and is not all of, a pattern. */
  openEnd(text: string): number {
    this.#settle();
    for (let at = Math.max(0, text.length - this.#longest); at < text.length - 1; at++) {
      if (this.#firstPairs[pairAt(text, at)]! > 0 && this.#begins(text.slice(at))) return text.length - at;
    }
    return text !== '' && this.#firsts[text.charCodeAt(text.length - 1)]! > 0 ? 1 : 0;
  }

  #begins(end: string): boolean {
    let place = this.#placeOf(end);
    while (this.#sorted[place] === end) place++;
    return this.#sorted[place]?.startsWith(end) ?? false;
  }

  /** Of the first that is not less. */
  #placeOf(text: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #settle(): void {
    const added = this.#added;
    if (added.length === 0) return;
    this.#added = [];
    if (added.length * fewOf < this.#sorted.length)
      for (const text of added) this.#sorted.splice(this.#placeOf(text), 0, text);
    else this.#sorted = [...this.#sorted, ...added].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  #count(text: string, change: 1 | -1): void {
    this.#firsts[text.charCodeAt(0)]! += change;
    this.#firstPairs[pairAt(text, 0)]! += change;
  }
}

function pairAt(text: string, at: number): number {
  return ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + 1)) & 0xffff;
}
