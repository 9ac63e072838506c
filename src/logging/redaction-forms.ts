import { inspect } from 'node:util';
import type { Pattern } from './pattern-table.js';

const shortestPart = 4;
const shortestJsonString = 8;
const mostPartsEncoded = 100;
/** Nobody prints the bytes of more than this as numbers. */
const longestAsNumbers = 4 * 1024;
/** Where PEM and MIME break base64 into lines. */
const brokenAfter = [64, 76];
const shortestBrokenLine = 8;

/**
 * Every text under which a secret value is hidden: itself, its lines (captured output comes line by line), its parts
 * when it is JSON or a URL, and the encodings that programs apply: JSON (also in ASCII alone, and once more inside JSON),
 * `util.inspect`, percent-encoding of URLs and of forms, base64 and base64url wherever in the encoded text it begins,
 * hexadecimal in both cases, bytes as Node prints them. Other ways to escape are undone by `unescapedViews`.
 */
export function redactionForms(value: string): readonly Pattern[] {
  const patterns = new Map<string, Pattern>();
  const add = (pattern: Pattern) => {
    if (pattern.text.length > 1 && !patterns.has(pattern.text)) patterns.set(pattern.text, pattern);
  };
  const whole = value.trim();
  // The same as a part, but of any length.
  for (const text of new Set([value, whole])) for (const form of escapedForms(text)) add({ text: form });
  for (const pattern of encodedForms(whole)) add(pattern);
  for (const line of linesOf(value)) for (const form of escapedForms(line)) add({ text: form });
  let parts = 0;
  for (const part of partsOf(value)) {
    for (const form of escapedForms(part)) add({ text: form });
    if (++parts <= mostPartsEncoded) for (const pattern of encodedForms(part)) add(pattern);
  }
  return [...patterns.values()];
}

function* escapedForms(text: string): Iterable<string> {
  for (const form of escaped(text)) {
    yield form;
    // As bytes that are read one by one, which is how a stream that may carry any bytes is searched.
    if (/[\u0080-\uffff]/.test(form)) yield Buffer.from(form).toString('latin1');
  }
}

function* escaped(text: string): Iterable<string> {
  yield text;
  // Most secrets are of letters and digits, and look the same in all of these.
  if (/^[\w.-]*$/.test(text)) return;
  const json = jsonText(text);
  yield json;
  yield jsonText(json);
  yield json.replaceAll(/[\u0080-\uffff]/g, unicodeEscape);
  yield inspect(text, { maxStringLength: Infinity }).slice(1, -1);
  yield attempt(() => encodeURIComponent(text), text);
  yield new URLSearchParams([['', text]]).toString().slice(1);
}

function* encodedForms(text: string): Iterable<Pattern> {
  const bytes = Buffer.from(text);
  for (const skipped of [0, 1, 2]) {
    const pattern = base64Within(bytes, skipped);
    yield pattern;
    yield { ...pattern, text: pattern.text.replaceAll('+', '-').replaceAll('/', '_') };
  }
  const hex = bytes.toString('hex');
  yield { text: hex };
  yield { text: hex.toUpperCase() };
  if (bytes.length > longestAsNumbers) return;
  for (const separator of [' ', ':'])
    for (const digits of [hex, hex.toUpperCase()]) yield { text: separated(digits, separator) };
  yield { text: bytes.join(',') };
  const inner = base64Within(bytes, 0);
  for (const skipped of [0, 1, 2]) {
    const outer = base64Within(Buffer.from(inner.text), skipped);
    // The character after it, which holds bits of the value, is spread over two.
    yield inner.after === 0 ? outer : { ...outer, after: 2 };
  }
  for (const length of brokenAfter) yield* brokenLines(bytes.toString('base64'), length);
}

/** What of base64 stands on lines of its own, because captured output comes line by line. */
function* brokenLines(encoded: string, length: number): Iterable<Pattern> {
  if (encoded.length <= length) return;
  for (let at = 0; at < encoded.length; at += length) {
    const text = encoded.slice(at, at + length);
    if (text.length >= shortestBrokenLine) yield { text };
  }
}

/** What of the base64 of something is sure to be there when the bytes begin `skipped` bytes after a multiple of three. */
function base64Within(bytes: Buffer, skipped: number): Pattern {
  const encoded = Buffer.concat([Buffer.alloc(skipped), bytes]).toString('base64');
  const bits = (skipped + bytes.length) * 8;
  const start = Math.ceil((skipped * 8) / 6);
  return {
    text: encoded.slice(start, Math.floor(bits / 6)),
    before: skipped === 0 ? 0 : 1,
    after: bits % 6 === 0 ? 0 : 1,
  };
}

function separated(hex: string, separator: string): string {
  return hex.replaceAll(/(..)(?!$)/g, `$1${separator}`);
}

function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As Python, among others, writes JSON. */
function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function linesOf(value: string): readonly string[] {
  if (!/[\r\n]/.test(value)) return [];
  const lines = value.split(/[\r\n]+/).map((line) => line.trim());
  return lines.filter((line) => line.length >= shortestPart);
}

function* partsOf(value: string): Iterable<string> {
  if (/^\s*[[{]/.test(value)) yield* jsonStrings(attempt(() => JSON.parse(value) as unknown, undefined));
  if (value.includes('://') && URL.canParse(value)) {
    const { href, password } = new URL(value);
    yield href;
    if (password.length >= shortestPart) {
      yield password;
      yield attempt(() => decodeURIComponent(password), password);
    }
  }
}

/** In order, however deep they stand. */
function* jsonStrings(json: unknown): Iterable<string> {
  for (const left = [json]; left.length > 0;) {
    const item = left.pop();
    if (typeof item === 'string' && item.length >= shortestJsonString) yield item;
    if (typeof item === 'object' && item !== null) for (const each of Object.values(item).toReversed()) left.push(each);
  }
}

/** What `work` returns, or `fallback` where the text is not of its kind. */
function attempt<T>(work: () => T, fallback: T): T {
  try {
    return work();
  } catch {
    return fallback;
  }
}
