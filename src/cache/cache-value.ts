import { isUtf8 } from 'node:buffer';
import { types } from 'node:util';
import { alteredByJson, isWellFormed, messageOf } from '../foundation/index.js';
import { CacheError } from './cache-error.js';
import { shownKey } from './cache-key.js';
import type { CacheStore } from './cache-store.js';
import { largerThanCache } from './larger-than-cache.js';

/** Which entry a message is about. */
export interface EntryName {
  /** Left out where no cache has it yet. */
  readonly cache?: string;
  readonly key: string;
  /** So many bytes the whole cache holds: what is larger is refused before all of it is encoded. Default no bound. */
  readonly maxBytes?: number | undefined;
  /** So many bytes a message on the way to it may have; the same. */
  readonly maxMessageBytes?: number | undefined;
  /** What other entries take in that message. */
  readonly bytesBefore?: number;
}

export function entryName(
  { name: cache, maxBytes, maxMessageBytes }: Pick<CacheStore, 'name' | 'maxBytes' | 'maxMessageBytes'>,
  key: string,
): EntryName {
  return { cache, key, maxBytes, maxMessageBytes };
}

/** Of the value that is being encoded: what its JSON may still take. */
let bytesLeft = Infinity;

/** The value as JSON in UTF-8. Refuses, rather than alters, what JSON cannot hold: CacheError SERIALIZATION; FULL and OPERATION past its bounds. */
export function encodeJson(value: unknown, entry: EntryName): Uint8Array {
  // A toJSON may write to a cache, too.
  const before = bytesLeft;
  bytesLeft = boundOf(entry);
  try {
    const json = JSON.stringify(value, refuseWhatJsonAlters);
    if (json === undefined) throw new TypeError(`${typeof value} is not a value`);
    return Buffer.from(json);
  } catch (error) {
    if (bytesLeft < 0) throw pastBound(entry);
    const why = firstLine(messageOf(error));
    throw serializationError(
      entry,
      `the value cannot be stored as JSON: ${why}; convert it first, or use setBytes or setString`,
      error,
    );
  } finally {
    bytesLeft = before;
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
  checkSize(text.length, entry);
  if (!isWellFormed(text))
    throw serializationError(entry, 'the text is not well-formed Unicode (half a surrogate pair); use setBytes');
  return Buffer.from(text);
}

export function decodeText(bytes: Uint8Array, entry: EntryName): string {
  if (!isUtf8(bytes)) throw serializationError(entry, 'the value is not UTF-8 text; read it with getBytes');
  return textOf(bytes);
}

export function checkBytes(bytes: unknown, entry: EntryName): Uint8Array {
  if (bytes instanceof Uint8Array || types.isUint8Array(bytes)) {
    checkSize(bytes.byteLength, entry);
    return bytes;
  }
  throw serializationError(entry, `setBytes takes a Uint8Array, not ${typeof bytes}; use set for other values`);
}

function checkSize(leastBytes: number, entry: EntryName): void {
  if (leastBytes > boundOf(entry)) throw pastBound(entry);
}

function boundOf({ maxBytes = Infinity, maxMessageBytes = Infinity, bytesBefore = 0 }: EntryName): number {
  return Math.min(maxBytes, maxMessageBytes - bytesBefore);
}

function pastBound(entry: EntryName): CacheError {
  const { cache, key, maxBytes, maxMessageBytes = Infinity, bytesBefore } = entry;
  if (boundOf(entry) === maxBytes) return largerThanCache(entry, maxBytes);
  const what = bytesBefore ? `${shownKey(key)} and those before it take` : `${shownKey(key)} takes`;
  const message = `cache '${cache}': the entry ${what} more than ${maxMessageBytes} bytes and the orchestrator takes no longer messages; nothing was stored, the old value stays. Store less, or raise wire.maxLine of the orchestrator`;
  return new CacheError('OPERATION', message, { details: { maxMessageBytes } });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** `JSON.stringify` throws on bigint and cycles by itself, but drops or empties these without a word. */
function refuseWhatJsonAlters(this: unknown, property: string, value: unknown): unknown {
  // At least: the value, and what stands between it and the next one.
  bytesLeft -= typeof value === 'string' ? value.length + 2 : value === undefined ? 0 : 2;
  if (bytesLeft < 0) throw new RangeError('it is too large');
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
