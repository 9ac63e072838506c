/** A text with its escapes undone, and where each of its characters stood. */
export interface UnescapedView {
  readonly text: string;
  /** Where in the original what stands at this place of `text` begins. */
  sourceOf(index: number): number;
}

const deepest = 2;
const backslash = /\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|(.)|$)/gis;
const percent = /%[0-9a-f]{2}/gi;
const entity = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi;
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', '0': '\0' };

/**
 * The text as it was before somebody escaped it for JSON, JavaScript, a URL, HTML or XML, in whatever way they chose to,
 * also twice and one inside the other. Nothing for text without escapes, which costs next to nothing.
 */
export function* unescapedViews(text: string, level = 0): Iterable<UnescapedView> {
  if (level >= deepest) return;
  for (const view of [withoutBackslashes(text), withoutPercents(text), withoutEntities(text)]) {
    if (view === undefined) continue;
    yield view;
    for (const inner of unescapedViews(view.text, level + 1))
      yield { text: inner.text, sourceOf: (index) => view.sourceOf(inner.sourceOf(index)) };
  }
}

function withoutBackslashes(text: string): UnescapedView | undefined {
  if (!text.includes('\\')) return undefined;
  const builder = new ViewBuilder(text);
  for (const { 0: whole, 1: point, 2: unit, 3: byte, 4: other, index } of text.matchAll(backslash)) {
    const code = point ?? unit ?? byte;
    builder.put(
      index,
      index + whole.length,
      code === undefined ? (letters[other ?? ''] ?? other ?? '') : fromCode(parseInt(code, 16)),
    );
  }
  return builder.view();
}

function withoutPercents(text: string): UnescapedView | undefined {
  if (!text.includes('%')) return undefined;
  const builder = new ViewBuilder(text);
  let end = 0;
  for (const { index } of text.matchAll(percent)) {
    if (index < end) continue;
    const first = byteAt(text, index);
    // As many as this first byte of UTF-8 says, if they follow.
    const count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    const bytes = Array.from({ length: count }, (_, place) => byteAt(text, index + 3 * place));
    const character =
      count === 1 || bytes.some(Number.isNaN) ? String.fromCharCode(first) : Buffer.from(bytes).toString();
    end = index + 3 * (bytes.some(Number.isNaN) ? 1 : count);
    builder.put(index, end, character);
  }
  return builder.view();
}

function withoutEntities(text: string): UnescapedView | undefined {
  if (!text.includes('&')) return undefined;
  const builder = new ViewBuilder(text);
  for (const { 0: whole, 1: hex, 2: decimal, 3: name = '', index } of text.matchAll(entity)) {
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    builder.put(index, index + whole.length, entities[name.toLowerCase()] ?? fromCode(code));
  }
  return builder.view();
}

function byteAt(text: string, index: number): number {
  return /^%[0-9a-f]{2}$/i.test(text.slice(index, index + 3)) ? parseInt(text.slice(index + 1, index + 3), 16) : NaN;
}

function fromCode(code: number): string {
  return code > 0x10ffff ? '' : String.fromCodePoint(code);
}

class ViewBuilder {
  readonly #text: string;
  /** After each escape: how far the view is, and how far the original. */
  readonly #reached: number[] = [0];
  readonly #sources: number[] = [0];
  #built = '';
  #copied = 0;

  constructor(text: string) {
    this.#text = text;
  }

  put(start: number, end: number, character: string): void {
    this.#built += this.#text.slice(this.#copied, start);
    // The escape itself is a stretch of its own, all of which stands where it begins.
    this.#mark(start);
    this.#built += character;
    this.#copied = end;
    this.#mark(end);
  }

  view(): UnescapedView | undefined {
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
