import { isUtf8 } from 'node:buffer';
import { types } from 'node:util';
import { alteredByJson, isWellFormed, messageOf } from '../foundation/index.js';
import { CacheError } from './cache-error.js';
import { shownKey } from './cache-key.js';

/** Which entry a message is about. */
export interface EntryName {
  /** Left out where no cache has it yet. */
  readonly cache?: string;
  readonly key: string;
}

/** The value as JSON in UTF-8. Refuses, rather than alters, what JSON cannot hold: CacheError SERIALIZATION. */
export function encodeJson(value: unknown, entry: EntryName): Uint8Array {
  try {
    const json = JSON.stringify(value, refuseWhatJsonAlters);
    if (json === undefined) throw new TypeError(`${typeof value} is not a value`);
    return Buffer.from(json);
  } catch (error) {
    const why = firstLine(messageOf(error));
    throw serializationError(
      entry,
      `the value cannot be stored as JSON: ${why}; convert it first, or use setBytes or setString`,
      error,
    );
  }
}

export function decodeJson<T>(bytes: Uint8Array, entry: EntryName): T {
  try {
    if (isUtf8(bytes)) return JSON.parse(textOf(bytes)) as T;
  } catch {
    // The parser's own message quotes the value, so it is not passed on.
  }
  throw serializationError(entry, 'the value is not JSON, it was stored raw: read it with getBytes or getString');
}

export function encodeText(text: string, entry: EntryName): Uint8Array {
  if (typeof text !== 'string')
    throw serializationError(entry, `setString takes text, not ${typeof text}; use set for other values`);
  if (!isWellFormed(text))
    throw serializationError(entry, 'the text is not well-formed Unicode (half a surrogate pair); use setBytes');
  return Buffer.from(text);
}

export function decodeText(bytes: Uint8Array, entry: EntryName): string {
  if (!isUtf8(bytes)) throw serializationError(entry, 'the value is not UTF-8 text; read it with getBytes');
  return textOf(bytes);
}

export function checkBytes(bytes: unknown, entry: EntryName): Uint8Array {
  if (bytes instanceof Uint8Array || types.isUint8Array(bytes)) return bytes;
  throw serializationError(entry, `setBytes takes a Uint8Array, not ${typeof bytes}; use set for other values`);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** `JSON.stringify` throws on bigint and cycles by itself, but drops or empties these without a word. */
function refuseWhatJsonAlters(this: unknown, property: string, value: unknown): unknown {
  // A Buffer has been through its own toJSON by now; it shows only in its holder.
  const original = (this as Record<string, unknown>)[property];
  const kind = types.isArrayBufferView(original) ? 'bytes' : alteredByJson(value);
  if (kind !== undefined)
    throw new TypeError(property === '' ? `it is ${kind}` : `property ${shownKey(property)} is ${kind}`);
  return value;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function serializationError(entry: EntryName, what: string, cause?: unknown): CacheError {
  const where = entry.cache === undefined ? '' : `cache '${entry.cache}', `;
  return new CacheError('SERIALIZATION', `${where}key ${shownKey(entry.key)}: ${what}`, { cause });
}
