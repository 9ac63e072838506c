import { types } from 'node:util';
import { isJsonObject, type JsonObject, type JsonValue } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';
import type { RowData } from './database-link.js';
import type { SqlValue } from './database.js';

/**
 * How a value crosses the wire: a plain JSON value that every peer reads (blobs as base64, dates and JSON as text) and,
 * between our own two ends, a tag that says what it was. The tags stand beside the values, so plain peers ignore them.
 */
type Tag = 'bytes' | 'i64' | 'f64' | 'datetime' | 'json';

interface WireValue {
  readonly value: JsonValue;
  readonly tag: Tag | null;
}

export interface WireParameters {
  readonly params: JsonValue[];
  readonly types?: (Tag | null)[];
}

export function encodeParameters(params: readonly SqlValue[], typed: boolean): WireParameters {
  const values = params.map(encodeValue);
  const hasTags = typed && values.some(({ tag }) => tag !== null);
  return { params: values.map(({ value }) => value), ...(hasTags ? { types: values.map(({ tag }) => tag) } : {}) };
}

export function decodeParameters(params: JsonValue | undefined, tags: JsonValue | undefined): SqlValue[] {
  if (params === undefined || params === null) return [];
  if (!Array.isArray(params)) throw malformed('params is not an array');
  if (tags === undefined || tags === null) return params as SqlValue[];
  if (!Array.isArray(tags) || tags.length !== params.length) throw malformed('types is not an array beside params');
  return params.map((value: JsonValue, index) => decodeValue(value, tags[index] as JsonValue) as SqlValue);
}

/** `{ data: { column: value } }`, with `types: { column: tag }` beside it when a value needs a tag. */
export function encodeRow(row: RowData, typed: boolean): JsonObject {
  const data: [string, JsonValue][] = [];
  const tags: [string, Tag][] = [];
  for (const [column, cell] of Object.entries(row)) {
    const { value, tag } = encodeValue(cell);
    data.push([column, value]);
    if (tag !== null) tags.push([column, tag]);
  }
  return { data: Object.fromEntries(data), ...(typed && tags.length > 0 ? { types: Object.fromEntries(tags) } : {}) };
}

export function decodeRow(row: JsonValue): RowData {
  if (!isJsonObject(row) || !isJsonObject(row['data'])) throw malformed('a row has no data');
  const { data, types: tags } = row as { data: JsonObject; types?: JsonValue };
  if (!isJsonObject(tags)) return { ...data };
  return Object.fromEntries(
    Object.entries(data).map(([column, value]) => [column, decodeValue(value, tags[column] ?? null)]),
  );
}

function encodeValue(value: unknown): WireValue {
  switch (typeof value) {
    case 'bigint':
      return { value: String(value), tag: 'i64' };
    case 'number':
      // JSON has no infinity and no negative zero.
      return Number.isFinite(value) && !Object.is(value, -0)
        ? { value, tag: null }
        : { value: Object.is(value, -0) ? '-0' : String(value), tag: 'f64' };
    case 'string':
    case 'boolean':
      return { value, tag: null };
    default:
      return encodeObject(value as object | null | undefined);
  }
}

function encodeObject(value: object | null | undefined): WireValue {
  if (value === null || value === undefined) return { value: null, tag: null };
  if (types.isUint8Array(value))
    return { value: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'), tag: 'bytes' };
  if (types.isDate(value)) return { value: value.toISOString(), tag: 'datetime' };
  return { value: JSON.stringify(value), tag: 'json' };
}

function decodeValue(value: JsonValue, tag: JsonValue): unknown {
  if (tag === null || typeof value !== 'string') return value;
  switch (tag) {
    case 'bytes':
      return Buffer.from(value, 'base64');
    case 'i64':
    case 'u64':
      return decodeInteger(value);
    case 'f64':
      return Number(value);
    case 'datetime':
      return new Date(value);
    case 'json':
      return JSON.parse(value) as unknown;
    default:
      // A tag of a later version: the plain value is what every peer can read.
      return value;
  }
}

function decodeInteger(text: string): number | bigint {
  if (!/^-?\d{1,20}$/.test(text)) throw malformed('a value tagged as an integer is none');
  const integer = BigInt(text);
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

export function malformed(what: string): DatabaseError {
  return new DatabaseError('SERIALIZATION', `a database message cannot be read: ${what}`);
}
