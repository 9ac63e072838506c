import { nextBreak, withoutLineBreaks, withoutNuls } from './joined-texts.js';
import { mayPrintBytes, printedBytes } from './printed-bytes.js';
import { type TextView, ViewBuilder } from './text-view.js';

/** Whether `unescapedViews` has anything to undo. Most text has nothing, and is asked as fast as can be. */
export function isWrittenOtherwise(text: string): boolean {
  return (
    text.includes('\\') ||
    text.includes('%') ||
    // In addresses it stands for itself.
    (text.includes('&') && anEntity.test(text)) ||
    text.includes('\0') ||
    mayPrintBytes(text) ||
    nextBreak(text, 0) !== undefined
  );
}

const deepest = 2;
const backslash = /\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|(.)|$)/gis;
const percent = /%[0-9a-f]{2}/gi;
const entity = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi;
const anEntity = new RegExp(entity.source, 'i');
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', '0': '\0' };

/**
 * The text as it was before somebody escaped it for JSON, JavaScript, a URL, HTML or XML, in whatever way they chose to,
 * printed it as bytes, wrote it in UTF-16 or broke its base64 into lines; also two of these, one inside the other. Nothing
 * for text without any.
 */
export function* unescapedViews(text: string, level = 0): Iterable<TextView> {
  if (level >= deepest) return;
  for (const undo of undoings) {
    const view = undo(text);
    if (view === undefined) continue;
    yield view;
    for (const inner of unescapedViews(view.text, level + 1))
      yield { ...inner, sourceOf: (index) => view.sourceOf(inner.sourceOf(index)) };
  }
}

const undoings = [
  withoutBackslashes,
  withoutPercents,
  withoutEntities,
  withoutNuls,
  withoutLineBreaks,
  printedBytes,
] as const;

function withoutBackslashes(text: string): TextView | undefined {
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

function withoutPercents(text: string): TextView | undefined {
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

function withoutEntities(text: string): TextView | undefined {
  if (!text.includes('&') || !anEntity.test(text)) return undefined;
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
