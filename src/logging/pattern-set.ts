import { lowBytesOf, mostLowBytes, wipeLowBytes } from './low-bytes.js';
import { longestWindow, type Pattern, PatternTable } from './pattern-table.js';

/** Literal patterns to look for in texts, of any lengths and numbers. */
export class PatternSet {
  // Short patterns force small steps; where there are none, nothing is lost to them.
  readonly #tables = [
    new PatternTable({ shortest: 16, block: 4 }),
    new PatternTable({ shortest: 8, block: 3 }),
    new PatternTable({ shortest: 2, block: 2 }),
  ] as const;

  /** Those that hold any: mostly the first one alone. */
  #used: readonly PatternTable[] = [];

  get isEmpty(): boolean {
    return this.#used.length === 0;
  }

  /** Its text must have two characters at least. */
  add(pattern: Pattern): void {
    this.#change(pattern, (table) => table.add(pattern));
  }

  delete(pattern: Pattern): void {
    this.#change(pattern, (table) => table.delete(pattern));
  }

  /** Tells of every pattern in `text`, in no order, and of one in a long text perhaps twice. */
  scan(text: string, found: (pattern: Pattern, start: number) => void): void {
    if (text.length <= mostLowBytes) return this.#scanPiece(text, 0, text, found);
    // A window that does not end in a piece stands in the next one.
    for (let from = 0; from + longestWindow <= text.length; from += mostLowBytes - longestWindow)
      this.#scanPiece(text.slice(from, from + mostLowBytes), from, text, found);
  }

  #scanPiece(piece: string, from: number, text: string, found: (pattern: Pattern, start: number) => void): void {
    const searched = { text, from, length: piece.length, words: lowBytesOf(piece) };
    let isSecret = false;
    for (const table of this.#used) if (table.scan(searched, found)) isSecret = true;
    if (isSecret) wipeLowBytes(piece.length);
  }

  #change({ text }: Pattern, change: (table: PatternTable) => void): void {
    const [long, middle, short] = this.#tables;
    const table = text.length >= 16 ? long : text.length >= 8 ? middle : short;
    const { isEmpty } = table;
    change(table);
    if (table.isEmpty !== isEmpty) this.#used = this.#tables.filter((each) => !each.isEmpty);
  }
}
