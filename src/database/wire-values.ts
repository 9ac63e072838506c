import { types } from 'node:util';
import { isWireObject, type WireJson, type WireObject } from '../wire/index.js';
import { DatabaseError } from './database-error.js';
import type { RowData } from './database-link.js';
import type { SqlValue } from './database.js';

/**
 * How a value crosses the wire: a plain JSON value that every peer reads (blobs as bytes, which the wire writes as base64 where it must, dates and JSON as text) and,
 * between our own two ends, a tag that says what it was. The tags stand beside the values, so plain peers ignore them.
 */
export type Tag = 'bytes' | 'i64' | 'f64' | 'datetime' | 'json';

export interface WireValue {
  readonly value: WireJson;
  readonly tag: Tag | null;
}

export interface WireParameters {
  readonly params: WireJson[];
  readonly types?: (Tag | null)[];
}

export function encodeParameters(params: readonly SqlValue[], typed: boolean): WireParameters {
  if (!typed) return { params: params.map((value, index) => plainParameter(value, index + 1)) };
  const values = params.map(encodeValue);
  const hasTags = values.some(({ tag }) => tag !== null);
  return { params: values.map(({ value }) => value), ...(hasTags ? { types: values.map(({ tag }) => tag) } : {}) };
}

export function decodeParameters(params: WireJson | undefined, tags: WireJson | undefined): SqlValue[] {
  if (params === undefined || params === null) return [];
  if (!Array.isArray(params)) throw malformed('params is not an array');
  if (tags === undefined || tags === null) return params as SqlValue[];
  if (!Array.isArray(tags) || tags.length !== params.length) throw malformed('types is not an array beside params');
  return params.map((value: WireJson, index) => decodeValue(value, tags[index] as WireJson) as SqlValue);
}

/** `{ data: { column: value } }`, with `types: { column: tag }` beside it when a value needs a tag. */
export function encodeRow(row: RowData, typed: boolean): WireObject {
  const data: [string, WireJson][] = [];
  const tags: [string, Tag][] = [];
  for (const [column, cell] of Object.entries(row)) {
    const { value, tag } = typed ? encodeValue(cell) : { value: plainValue(cell), tag: null };
    data.push([column, value]);
    if (tag !== null) tags.push([column, tag]);
  }
  return { data: Object.fromEntries(data), ...(tags.length > 0 ? { types: Object.fromEntries(tags) } : {}) };
}

export function decodeRow(row: WireJson): RowData {
  if (!isWireObject(row) || !isWireObject(row['data'])) throw malformed('a row has no data');
  const { data, types: tags } = row as { data: WireObject; types?: WireJson };
  if (!isWireObject(tags)) return { ...data };
  return Object.fromEntries(
    Object.entries(data).map(([column, value]) => [column, decodeValue(value, tags[column] ?? null)]),
  );
}

/** What a plain peer can bind (PROTOCOL section 5): no number that JSON does not have, and arrays of one level. */
function plainParameter(value: SqlValue, position: number): WireJson {
  if (!Array.isArray(value)) return plainValue(value, refuse);
  return value.map((item: unknown) =>
    Array.isArray(item) ? refuse('an array in an array') : plainValue(item, refuse),
  );

  function refuse(what: string): never {
    throw new DatabaseError('SERIALIZATION', `parameter ${position} is ${what}, which this orchestrator cannot bind`, {
      details: { parameter: position },
    });
  }
}

/** Integers of 64 bits as bare numbers; a number that JSON does not have as null, unless it is to be refused. */
function plainValue(value: unknown, refuse?: (what: string) => never): WireJson {
  if (typeof value === 'bigint') return value >= -(2n ** 63n) && value < 2n ** 64n ? value : String(value);
  if (typeof value !== 'number') return encodeValue(value).value;
  if (Number.isFinite(value)) return value;
  return refuse === undefined ? null : refuse(String(value));
}

export function encodeValue(value: unknown): WireValue {
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
  if (types.isUint8Array(value)) return { value, tag: 'bytes' };
  if (types.isDate(value)) return { value: value.toISOString(), tag: 'datetime' };
  return { value: JSON.stringify(value), tag: 'json' };
}

export function decodeValue(value: WireJson, tag: WireJson): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
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
