import { isWellFormed, WireError } from '../../foundation/index.js';
import { maxNesting, type WireJson } from './wire-json.js';

/** What the text said and the parsed value cannot show. */
export interface JsonFacts {
  /** Whether the object had this key more than once; the value is the last one's. */
  isRepeated(holder: object, key: string): boolean;
  /** The values that key had before its last one. */
  replaced(holder: object, key: string): readonly WireJson[];
  /** Whether the number there was written with a fraction or an exponent, or as -0: never an integer to typed peers. */
  isFloat(holder: object, key: string | number): boolean;
}

export interface ExactJson {
  readonly value: WireJson;
  readonly facts: JsonFacts;
}

/** The fields of an object that somebody reads, and those of the objects in them that are read in the same way. */
export type KnownFields = ReadonlyMap<string, KnownFields | undefined>;

/**
 * Reads JSON exactly as the Rust peers do: integers of 64 bits without loss (bigint beyond 2^53; beyond 64 bits they
 * become floats), no numbers out of range, no half surrogate pairs, at most 127 levels unless fewer are allowed. Other
 * fields than the `known` ones are skipped: they are JSON, and that is all that is asked of them. Throws `WireError`
 * MESSAGE_INVALID, which never repeats the text.
 */
export function readExactJson(text: string, levels = maxNesting, known?: KnownFields): ExactJson {
  const reader = new ExactJsonReader(text, levels);
  return { value: reader.document(known), facts: reader };
}

const none: readonly WireJson[] = [];
const quote = 0x22;
const backslash = 0x5c;
const minus = 0x2d;
const zero = 0x30;
const numberToken = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
/** Every integer of so many digits is a number without loss. */
const safeDigits = 15;
const minI64 = -(2n ** 63n);
const maxU64 = 2n ** 64n - 1n;
/** In what is skipped. Rust counts none there; our stack is not endless. */
const skippedLevels = 1_000;

class ExactJsonReader implements JsonFacts {
  readonly #text: string;
  #levels: number;
  readonly #replaced = new Map<object, Map<string, WireJson[]>>();
  readonly #floats = new Map<object, Set<string | number>>();
  #at = 0;
  #depth = 0;
  #isSkipping = false;

  constructor(text: string, levels: number) {
    this.#text = text;
    this.#levels = levels;
  }

  isRepeated(holder: object, key: string): boolean {
    return this.#replaced.get(holder)?.has(key) ?? false;
  }

  replaced(holder: object, key: string): readonly WireJson[] {
    return this.#replaced.get(holder)?.get(key) ?? none;
  }

  isFloat(holder: object, key: string | number): boolean {
    return this.#floats.get(holder)?.has(key) ?? false;
  }

  document(known?: KnownFields): WireJson {
    const root: Record<string, WireJson> = {};
    const value = this.#value(root, '', known);
    this.#skipSpace();
    return this.#at === this.#text.length ? value : this.#fail('more text after the value');
  }

  #value(holder: object, key: string | number, known?: KnownFields): WireJson {
    this.#skipSpace();
    const code = this.#text.charCodeAt(this.#at);
    switch (code) {
      case quote:
        return this.#string();
      case 0x7b:
        return this.#object(known);
      case 0x5b:
        return this.#array(known);
      case 0x74:
        return this.#literal('true', true);
      case 0x66:
        return this.#literal('false', false);
      case 0x6e:
        return this.#literal('null', null);
      default:
        return code === minus || isDigit(code) ? this.#number(code, holder, key) : this.#fail('a value was expected');
    }
  }

  #object(known: KnownFields | undefined): WireJson {
    const object: Record<string, WireJson> = {};
    this.#enter();
    if (!this.#closes(0x7d)) {
      do {
        this.#skipSpace();
        if (this.#text.charCodeAt(this.#at) !== quote) this.#fail('a key was expected');
        const key = this.#string();
        if (Object.hasOwn(object, key)) this.#replace(object, key);
        this.#skipSpace();
        if (this.#text.charCodeAt(this.#at++) !== 0x3a) this.#fail("':' was expected");
        if (known === undefined || known.has(key)) define(object, key, this.#value(object, key, known?.get(key)));
        else this.#skip();
      } while (this.#continues(0x7d));
    }
    this.#depth -= 1;
    return object;
  }

  #skip(): void {
    const levels = this.#levels;
    this.#levels = skippedLevels;
    this.#isSkipping = true;
    this.#value({}, '');
    this.#isSkipping = false;
    this.#levels = levels;
  }

  /** In the place of an object it has the values of its fields. */
  #array(known: KnownFields | undefined): WireJson {
    const array: WireJson[] = [];
    const types = known && [...known.values()];
    this.#enter();
    if (!this.#closes(0x5d)) {
      do array.push(this.#value(array, array.length, types?.[array.length]));
      while (this.#continues(0x5d));
    }
    this.#depth -= 1;
    return array;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at;
    let at = start + 1;
    let hasEscape = false;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) break;
      if (code === backslash) {
        hasEscape = true;
        at += 2;
      } else if (code >= 0x20) at += 1;
      else this.#fail(at < text.length ? 'a control character in a string' : 'a string without its end');
      if (at >= text.length) this.#fail('a string without its end');
    }
    this.#at = at + 1;
    return hasEscape ? this.#unescape(text.slice(start, at + 1)) : text.slice(start + 1, at);
  }

  #unescape(token: string): string {
    let value: string;
    try {
      value = JSON.parse(token) as string;
    } catch {
      this.#fail('an escape that is none');
    }
    return this.#isSkipping || isWellFormed(value) ? value : this.#fail('half a surrogate pair');
  }

  #number(first: number, holder: object, key: string | number): number | bigint {
    const text = this.#text;
    const start = this.#at;
    // Bytes and counts, quickly.
    if (first > zero && isDigit(first)) {
      let at = start + 1;
      let value = first - zero;
      let code = text.charCodeAt(at);
      while (isDigit(code) && at - start < safeDigits) {
        value = value * 10 + (code - zero);
        code = text.charCodeAt(++at);
      }
      if (!continuesNumber(code)) {
        this.#at = at;
        return value;
      }
    }
    numberToken.lastIndex = start;
    const token = numberToken.exec(text);
    if (token === null) this.#fail('a number that is none');
    this.#at = numberToken.lastIndex;
    const [digits, fraction, exponent] = token;
    if (isDigit(text.charCodeAt(this.#at))) this.#fail('a number that begins with 0');
    if (fraction === undefined && exponent === undefined && digits !== '-0') return this.#integer(digits, holder, key);
    mark(this.#floats, holder, key);
    return this.#float(digits);
  }

  #integer(digits: string, holder: object, key: string | number): number | bigint {
    const value = Number(digits);
    if (Number.isSafeInteger(value)) return value;
    const exact = digits.length <= 20 ? BigInt(digits) : undefined;
    if (exact !== undefined && exact >= minI64 && exact <= maxU64) return exact;
    mark(this.#floats, holder, key);
    return this.#float(digits);
  }

  #float(digits: string): number {
    const value = Number(digits);
    return this.#isSkipping || Number.isFinite(value) ? value : this.#fail('a number out of range');
  }

  #literal<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('a value was expected');
    this.#at += word.length;
    return value;
  }

  #replace(object: Record<string, WireJson>, key: string): void {
    const value = object[key] ?? null;
    const keys = this.#replaced.get(object);
    const values = keys?.get(key);
    if (values !== undefined) values.push(value);
    else if (keys !== undefined) keys.set(key, [value]);
    else this.#replaced.set(object, new Map([[key, [value]]]));
  }

  #enter(): void {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > this.#levels) this.#fail(`more than ${this.#levels} levels`);
  }

  #closes(code: number): boolean {
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at += 1;
    return true;
  }

  #continues(end: number): boolean {
    if (this.#closes(end)) return false;
    if (this.#text.charCodeAt(this.#at++) !== 0x2c) this.#fail(`',' or '${String.fromCharCode(end)}' was expected`);
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #fail(what: string): never {
    throw new WireError('MESSAGE_INVALID', `not JSON: ${what}, at character ${this.#at}`);
  }
}

function isDigit(code: number): boolean {
  return code >= zero && code <= 0x39;
}

/** A digit, '.', 'e' or 'E'. */
function continuesNumber(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x65 || code === 0x45;
}

/** Assigning to `__proto__` would change what the object is. */
function define(object: Record<string, WireJson>, key: string, value: WireJson): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}

function mark<K>(marks: Map<object, Set<K>>, holder: object, key: K): void {
  const keys = marks.get(holder);
  if (keys === undefined) marks.set(holder, new Set([key]));
  else keys.add(key);
}
