/** A text as it was before somebody wrote it in another way, and where each of its characters stands. */
export interface TextView {
  readonly text: string;
  /** Where in `text` something was cut off, so that what stands before may be the beginning of a secret. */
  readonly cuts?: readonly number[];
  /** Where in the original what stands at this place of `text` begins. */
  sourceOf(index: number): number;
}

/** Builds a view from what stands for something else; all between is itself. */
export class ViewBuilder {
  readonly #text: string;
  /** After each escape: how far the view is, and how far the original. */
  readonly #reached: number[] = [0];
  readonly #sources: number[] = [0];
  #built = '';
  #copied = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** How long the view is by now. */
  get length(): number {
    return this.#built.length;
  }

  /** What stands from `start` to `end`, which is not before the last `end`, is `character`. */
  put(start: number, end: number, character: string): void {
    this.#built += this.#text.slice(this.#copied, start);
    // The escape itself is a stretch of its own, all of which stands where it begins.
    this.#mark(start);
    this.#built += character;
    this.#copied = end;
    this.#mark(end);
  }

  view(): TextView | undefined {
    if (this.#copied === 0) return undefined;
    const reached = this.#reached;
    const sources = this.#sources;
    return {
      text: this.#built + this.#text.slice(this.#copied),
      sourceOf(index) {
        let low = 0;
        let high = reached.length - 1;
        while (low < high) {
          const middle = (low + high + 1) >> 1;
          if (reached[middle]! <= index) low = middle;
          else high = middle - 1;
        }
        return sources[low]! + index - reached[low]!;
      },
    };
  }

  #mark(source: number): void {
    this.#reached.push(this.#built.length);
    this.#sources.push(source);
  }
}
