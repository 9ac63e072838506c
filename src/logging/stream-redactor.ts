import { shortestSecret } from '../foundation/index.js';
import { type HiddenRange, withoutRanges } from './hidden-ranges.js';

/** What knows where secrets stand in a text, and whether one may begin at its end: a `SecretRedactor`. */
export interface SecretFinder {
  /** Merged and in order. */
  ranges(text: string): readonly HiddenRange[];
  /** How many characters at the end may be the beginning of a secret. */
  openEnd(text: string): number;
}

/** What was let out before is remembered so far back, for the rest of a secret that comes too late to be hidden whole. */
const longestPast = 64 * 1024;

/**
 * Redacts a stream of bytes, also where a secret is spread over several writes: what may be the beginning of one is kept
 * back until the next write, or until `release`, when whoever reads must wait no longer; what then follows of it is
 * hidden all the same. The end of a line is never kept back. Texts are bytes read as latin1, so that none are changed.
 */
export class StreamRedactor {
  readonly #finder: SecretFinder;
  /** Let out already. */
  #past = '';
  #kept = '';

  constructor(finder: SecretFinder) {
    this.#finder = finder;
  }

  get keepsSomething(): boolean {
    return this.#kept !== '';
  }

  /** Whether enough of a secret has come, what was let out of it included, that it is hardly anything else. */
  get keepsMuch(): boolean {
    return this.keepsSomething && this.#past.length + this.#kept.length >= shortestSecret;
  }

  /** What can be let out now. */
  push(bytes: string): string {
    const text = this.#past + this.#kept + bytes;
    const ranges = this.#finder.ranges(text);
    let cut = text.endsWith('\n') ? text.length : text.length - this.#finder.openEnd(text);
    // A secret that is complete but may be a longer one stays whole.
    for (const { start, end } of ranges) if (start < cut && cut < end) cut = start;
    const from = this.#past.length;
    cut = Math.max(cut, from);
    const shown = withoutRanges(
      text.slice(0, cut),
      ranges.filter(({ start }) => start < cut),
      from,
    );
    this.#kept = text.slice(cut);
    this.#remember(text.slice(0, cut));
    return shown;
  }

  /** What was kept back, redacted. */
  release(): string {
    const text = this.#past + this.#kept;
    const ranges = this.#finder.ranges(text);
    const shown = withoutRanges(text, ranges, this.#past.length);
    this.#kept = '';
    this.#remember(text);
    return shown;
  }

  /** Only what may be the beginning of a secret is of use. */
  #remember(text: string): void {
    const open = text.endsWith('\n') ? 0 : Math.min(this.#finder.openEnd(text), longestPast);
    this.#past = text.slice(text.length - open);
  }
}
