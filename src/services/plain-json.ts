import { alteredByJson, type FailedField, isWellFormed, type JsonValue } from '../foundation/index.js';
import { isWireObject, type WireJson } from '../wire/index.js';

/** A message may nest 127 levels; the rest is for what stands around the payload. */
const maxNesting = 100;

/** Thrown for a part of a value that JSON cannot carry. */
export class NotJson extends Error {
  readonly field: FailedField;

  constructor(field: string, message: string) {
    super(message);
    this.field = { field, messages: [message] };
  }
}

/**
 * A copy of `value` as `JSON.parse` of its JSON would make it: undefined properties are left out, dates are text, and a
 * value that is undefined itself is null. Throws `NotJson` for what JSON would alter without a word, and for bigint.
 */
export function toPlainJson(value: unknown): JsonValue {
  return value === undefined ? null : copied(value, '', 0);
}

function copied(value: unknown, path: string, depth: number): JsonValue {
  const kind = alteredByJson(value);
  if (kind !== undefined) throw new NotJson(path, `is ${kind}, which JSON cannot carry`);
  switch (typeof value) {
    case 'string':
      if (!isWellFormed(value)) throw new NotJson(path, 'is text that holds half of a surrogate pair');
      return value;
    case 'number':
      return value === 0 ? 0 : value;
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : copiedObject(value, path, depth);
    default:
      throw new NotJson(path, `is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}; write text`);
  }
}

function copiedObject(value: object, path: string, depth: number): JsonValue {
  if (depth >= maxNesting) throw new NotJson('', `nests deeper than ${maxNesting} levels, or contains itself`);
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return copied((value as { toJSON(): unknown }).toJSON(), path, depth + 1);
  if (Array.isArray(value)) return value.map((item: unknown, index) => copied(item, `${path}[${index}]`, depth + 1));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [name, copied(member, path === '' ? name : `${path}.${name}`, depth + 1)]),
  );
}

/** What came over the wire, with every integer as a number. Throws `NotJson` for one that a number cannot hold. */
export function fromWireJson(json: WireJson, path = ''): JsonValue {
  if (typeof json === 'bigint') {
    if (String(Number(json)) === String(json)) return Number(json);
    throw new NotJson(path, 'is an integer that a number cannot hold; send it as text');
  }
  if (Array.isArray(json)) return json.map((item: WireJson, index) => fromWireJson(item, `${path}[${index}]`));
  if (!isWireObject(json)) return json as JsonValue;
  return Object.fromEntries(
    Object.entries(json).map(([name, member]) => [name, fromWireJson(member, path === '' ? name : `${path}.${name}`)]),
  );
}
