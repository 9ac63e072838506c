import { WireError } from '../../foundation/index.js';
import { type BytesAside, bytesMember } from './bytes-aside.js';
import { maxNesting, suitsPlainJson } from './wire-json.js';

/** JSON text, and the bytes that travel beside it, in their order. */
export interface PackedJson {
  readonly text: string;
  readonly bytes: readonly Uint8Array[];
  /** The length of the text in UTF-8, where it is known. */
  readonly textBytes?: number;
}

/** JSON text whose length in UTF-8 is known: one byte for each character, and these. */
export interface SizedJson {
  readonly text: string;
  readonly extraBytes: number;
}

export const noBytes: readonly Uint8Array[] = [];

/** Stands in JSON as it is. */
const needsNoEscape = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/** The JSON of a value that suits `JSON.stringify`, which takes three times as long for text. */
export function sizedJson(value: unknown): SizedJson {
  if (typeof value === 'string' && needsNoEscape.test(value))
    return { text: `"${value}"`, extraBytes: extraBytesOf(value) };
  return sized(wellFormed(JSON.stringify(value) ?? 'null'));
}

export function sized(text: string): SizedJson {
  return { text, extraBytes: extraBytesOf(text) };
}

function extraBytesOf(text: string): number {
  return Buffer.byteLength(text) - text.length;
}

/**
 * JSON text that every peer reads: bigint as a bare integer, a number beyond 2^53 as the float it is, bytes as base64,
 * no half surrogate pairs. Throws on what JSON cannot hold and, with `WireError` MESSAGE_INVALID, on what nests too deep.
 */
export function writeJson(value: unknown, levels = maxNesting): string {
  return wellFormed(suitsPlainJson(value, levels) ? JSON.stringify(value) : (writeExact(value, levels) ?? 'null'));
}

/** The same for channels that carry bytes: they stay out of the text, which says as `raw`, or as its last value when it is an array, where each belongs. */
export function packJson(fields: object, levels = maxNesting): PackedJson {
  if (suitsPlainJson(fields, levels)) return { text: wellFormed(JSON.stringify(fields)), bytes: noBytes };
  const aside: BytesAside = { path: [], places: [], bytes: [] };
  const text = wellFormed(writeExact(fields, levels, aside) ?? 'null');
  if (aside.bytes.length === 0) return { text, bytes: noBytes };
  const places = JSON.stringify(aside.places);
  const start = text.slice(0, -1);
  return {
    text: text.endsWith(']') ? `${start},${places}]` : `${start},"${bytesMember}":${places}}`,
    bytes: aside.bytes,
  };
}

/** undefined for what JSON leaves out. */
function writeExact(value: unknown, levels: number, aside?: BytesAside): string | undefined {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof Uint8Array) return writeBytes(value, aside);
  // A cycle ends here, too.
  if (levels === 0) throw new WireError('MESSAGE_INVALID', 'it nests deeper than the peer reads, or contains itself');
  if (!Array.isArray(value) && 'toJSON' in value && typeof value.toJSON === 'function') return JSON.stringify(value);
  const member = (item: unknown, key: string | number) => {
    aside?.path.push(key);
    const text = writeExact(item, levels - 1, aside);
    aside?.path.pop();
    return text;
  };
  if (Array.isArray(value)) return `[${value.map((item, index) => member(item, index) ?? 'null').join(',')}]`;
  const members = Object.entries(value).flatMap(([key, item]) => {
    const text = member(item, key);
    return text === undefined ? [] : [`${JSON.stringify(key)}:${text}`];
  });
  return `{${members.join(',')}}`;
}

function writeBytes(bytes: Uint8Array, aside: BytesAside | undefined): string {
  if (aside) {
    aside.places.push([[...aside.path], bytes.byteLength]);
    aside.bytes.push(bytes);
    return 'null';
  }
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`;
}

/** Readers take digits alone for an integer of 64 bits, which such a number is not. */
function writeNumber(value: number): string {
  const text = JSON.stringify(value);
  return Number.isInteger(value) && !Number.isSafeInteger(value) && !text.includes('e') ? `${text}.0` : text;
}

/** Half surrogate pairs, which JSON.stringify escapes, as U+FFFD: Rust readers reject the whole line otherwise. */
export function wellFormed(json: string): string {
  if (!json.includes('\\ud')) return json;
  // The backslash must be an escape of its own, not the second half of an escaped backslash.
  return json.replaceAll(/(?<=(?<!\\)(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '\ufffd');
}
