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

/** How far to go after a block of characters, by the hash of the block. */
interface Jumps {
  /** A bit for each slot: whether any window has such a block. Small enough to stay near the processor. */
  readonly known: Uint32Array;
  /** For those that some window has. */
  readonly shifts: Uint8Array;
  /** For all others. */
  readonly jump: number;
}

const noJumps: Jumps = { known: new Uint32Array(0), shifts: new Uint8Array(0), jump: 0 };

type Placed = readonly [pattern: Pattern, anchor: number];

const longestWindow = 32;
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

  get size(): number {
    return this.#patterns.size;
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

  /** Tells of every pattern in `text`, in no order. */
  scan(text: string, found: (pattern: Pattern, start: number) => void): void {
    if (this.#patterns.size === 0) return;
    if (this.#window === 0) this.#build();
    const window = this.#window;
    const jumps = this.#jumps;
    const advance = advances[this.#options.block];
    for (let last = advance(text, window - 1, jumps); last < text.length; last = advance(text, last + 1, jumps)) {
      const start = last - window + 1;
      const bucket = this.#buckets.get(windowKey(text, start, window));
      if (bucket === undefined) continue;
      for (const [pattern, anchor] of bucket) {
        if (start >= anchor && text.startsWith(pattern.text, start - anchor)) found(pattern, start - anchor);
      }
    }
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
    this.#jumps = { known: new Uint32Array(size / 32), shifts: new Uint8Array(size).fill(jump), jump };
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
    const { known, shifts } = this.#jumps;
    const mask = shifts.length - 1;
    for (let last = block - 1; last < window; last++) {
      const slot = slots[block](text, anchor + last) & mask;
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

/** Where a window may end, at `last` or after it. One loop for each size, since they are what all the time is spent in. */
const advances = {
  2(text: string, last: number, { known, shifts, jump }: Jumps): number {
    const mask = shifts.length - 1;
    while (last < text.length) {
      const slot = slot2(text, last) & mask;
      const shift = known[slot >>> 5]! & (1 << (slot & 31)) ? shifts[slot]! : jump;
      if (shift === 0) break;
      last += shift;
    }
    return last;
  },
  3(text: string, last: number, { known, shifts, jump }: Jumps): number {
    const mask = shifts.length - 1;
    while (last < text.length) {
      const slot = slot3(text, last) & mask;
      const shift = known[slot >>> 5]! & (1 << (slot & 31)) ? shifts[slot]! : jump;
      if (shift === 0) break;
      last += shift;
    }
    return last;
  },
  4(text: string, last: number, { known, shifts, jump }: Jumps): number {
    const mask = shifts.length - 1;
    while (last < text.length) {
      const slot = slot4(text, last) & mask;
      const shift = known[slot >>> 5]! & (1 << (slot & 31)) ? shifts[slot]! : jump;
      if (shift === 0) break;
      last += shift;
    }
    return last;
  },
} as const;

const slots = { 2: slot2, 3: slot3, 4: slot4 } as const;

function slot2(text: string, last: number): number {
  return spread(text.charCodeAt(last) ^ (text.charCodeAt(last - 1) << 8));
}

function slot3(text: string, last: number): number {
  return spread(text.charCodeAt(last) ^ (text.charCodeAt(last - 1) << 8) ^ (text.charCodeAt(last - 2) << 16));
}

function slot4(text: string, last: number): number {
  return spread(
    text.charCodeAt(last) ^
      (text.charCodeAt(last - 1) << 8) ^
      (text.charCodeAt(last - 2) << 16) ^
      (text.charCodeAt(last - 3) << 24),
  );
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
