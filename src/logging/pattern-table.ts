import { lowBytesAt } from './low-bytes.js';

/** A text to look for. */
export interface Pattern {
  readonly text: string;
  /** How many characters of base64 before and after it hold bits of it, too. Default 0. */
  readonly before?: number;
  readonly after?: number;
}

/** Patterns of similar lengths; how many neighbouring characters are looked at together grows with the shortest. */
export interface PatternTableOptions {
  /** The shortest pattern it takes. */
  readonly shortest: number;
  readonly block: 2 | 3 | 4;
}

/** A part of a text that is searched. */
export interface SearchedPiece {
  readonly text: string;
  /** Where it begins, and how long it is. */
  readonly from: number;
  readonly length: number;
  /** Its `lowBytesOf`. */
  readonly words: DataView;
}

/** How far to go after a block of characters, by the hash of the block. */
interface Jumps {
  /** A bit for each slot: whether any window has such a block. Small enough to stay near the processor. */
  readonly known: Uint32Array;
  /** For those that some window has. */
  readonly shifts: Uint8Array;
  /** For all others. */
  readonly jump: number;
  /** How many bits of four characters are not of the block. */
  readonly unused: number;
}

const noJumps: Jumps = { known: new Uint32Array(0), shifts: new Uint8Array(0), jump: 0, unused: 0 };

type Placed = readonly [pattern: Pattern, anchor: number];

export const longestWindow = 32;
const smallestTable = 1 << 14;
const largestTable = 1 << 22;
const roomPerBlock = 8;
const crowded = 4;
const mostAnchorsTried = 64;

/**
 * Finds many literal patterns at once, after Wu and Manber: each pattern is known by a window of its characters, all as
 * long as the shortest pattern; a table over the hashes of neighbouring characters tells how far no window can end, so
 * most of a text is jumped over. The window of a pattern is where it differs from others (by itself its end, since
 * secrets often begin alike), so that few have to be compared in full. Patterns may come and go at any time: one that
 * comes is entered, and the table is made anew only when it has become too small or the window too long.
 */
export class PatternTable {
  readonly #options: PatternTableOptions;
  readonly #patterns = new Set<Pattern>();
  #jumps = noJumps;
  #buckets = new Map<number, Placed[]>();
  #keys = new Map<Pattern, number>();
  #window = 0;
  #entered = 0;

  constructor(options: PatternTableOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#patterns.size === 0;
  }

  /** Its text must be as long as `shortest` at least. */
  add(pattern: Pattern): void {
    this.#patterns.add(pattern);
    if (this.#window === 0) return;
    const isFull = ++this.#entered * this.#blocksPerPattern * 2 > this.#jumps.shifts.length;
    if (pattern.text.length < this.#window || (isFull && this.#jumps.shifts.length < largestTable)) this.#forget();
    else this.#enter(pattern);
  }

  delete(pattern: Pattern): void {
    if (!this.#patterns.delete(pattern) || this.#window === 0) return;
    const key = this.#keys.get(pattern)!;
    this.#keys.delete(pattern);
    const bucket = this.#buckets.get(key)!;
    bucket.splice(
      bucket.findIndex(([each]) => each === pattern),
      1,
    );
    if (bucket.length === 0) this.#buckets.delete(key);
    // Its shifts stay, which costs time only; once most of them are of patterns that are gone they go, too.
    if (this.#patterns.size === 0 || this.#entered > 4 * this.#patterns.size + 1_000) this.#forget();
  }

  /** Tells of every pattern whose window is in the piece, in no order; returns whether there is any. It must not be empty. */
  scan({ text, from, length, words }: SearchedPiece, found: (pattern: Pattern, start: number) => void): boolean {
    if (this.#window === 0) this.#build();
    const window = this.#window;
    const jumps = this.#jumps;
    let isAny = false;
    for (let last = window - 1; (last = advance(words, last, length, jumps)) < length; last++) {
      const start = from + last - window + 1;
      const bucket = this.#buckets.get(windowKey(text, start, window));
      if (bucket === undefined) continue;
      for (const [pattern, anchor] of bucket) {
        if (start < anchor || !text.startsWith(pattern.text, start - anchor)) continue;
        isAny = true;
        found(pattern, start - anchor);
      }
    }
    return isAny;
  }

  get #blocksPerPattern(): number {
    return this.#window - this.#options.block + 1;
  }

  #forget(): void {
    this.#window = 0;
    this.#jumps = noJumps;
    this.#buckets = new Map();
    this.#keys = new Map();
  }

  #build(): void {
    let window = longestWindow;
    for (const { text } of this.#patterns) window = Math.min(window, text.length);
    this.#window = window;
    this.#entered = this.#patterns.size;
    const wanted = this.#patterns.size * this.#blocksPerPattern * roomPerBlock;
    const size = Math.min(largestTable, Math.max(smallestTable, 1 << Math.ceil(Math.log2(wanted))));
    const jump = this.#blocksPerPattern;
    const unused = 8 * (4 - this.#options.block);
    this.#jumps = { known: new Uint32Array(size / 32), shifts: new Uint8Array(size).fill(jump), jump, unused };
    for (const pattern of this.#patterns) this.#enter(pattern);
  }

  #enter(pattern: Pattern): void {
    const { block } = this.#options;
    const { text } = pattern;
    const window = this.#window;
    const anchor = this.#anchorOf(text);
    const key = windowKey(text, anchor, window);
    this.#keys.set(pattern, key);
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.push([pattern, anchor]);
    else this.#buckets.set(key, [[pattern, anchor]]);
    const { known, shifts, unused } = this.#jumps;
    const mask = shifts.length - 1;
    for (let last = block - 1; last < window; last++) {
      const slot = spread(lowBytesAt(text, anchor + last) >>> unused) & mask;
      known[slot >>> 5]! |= 1 << (slot & 31);
      shifts[slot] = Math.min(shifts[slot]!, window - 1 - last);
    }
  }

  /** Where the window of a pattern begins: at its end, or where fewer others have the same. */
  #anchorOf(text: string): number {
    const end = text.length - this.#window;
    const countAt = (anchor: number) => this.#buckets.get(windowKey(text, anchor, this.#window))?.length ?? 0;
    let best = end;
    let fewest = countAt(end);
    const tries = Math.min(end, mostAnchorsTried);
    for (let tried = 1; tried <= tries && fewest >= crowded; tried++) {
      const anchor = end - Math.floor((end * tried) / tries);
      const count = countAt(anchor);
      if (count < fewest) [best, fewest] = [anchor, count];
    }
    return best;
  }
}

/** Where a window may end, at `last` or after it: all the time is spent in here. */
function advance(words: DataView, last: number, length: number, { known, shifts, jump, unused }: Jumps): number {
  const mask = shifts.length - 1;
  while (last < length) {
    const slot = spread(words.getInt32(last, true) >>> unused) & mask;
    const shift = known[slot >>> 5]! & (1 << (slot & 31)) ? shifts[slot]! : jump;
    if (shift === 0) break;
    last += shift;
  }
  return last;
}

function spread(bits: number): number {
  const mixed = Math.imul(bits, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

function windowKey(text: string, start: number, window: number): number {
  let key = 0;
  for (let at = start; at < start + window; at++) key = (Math.imul(key, 31) + text.charCodeAt(at)) | 0;
  return key;
}
