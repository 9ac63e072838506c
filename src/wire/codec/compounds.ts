import { isWireObject, type WireObject } from '../json/wire-json.js';
import { type Field, type Holder, isNone, mismatch } from './field.js';

/** Absent and null are none: null in the message, as peers write it. */
export function nullable<T>(field: Field<T>): Field<T | null> {
  const read: Field<T | null> = (holder, key, reading) => (isNone(holder[key]) ? null : field(holder, key, reading));
  return Object.assign(read, { known: field.known });
}

/** Absent and null are none: left out of the message, as peers write it. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  const read: Field<T | undefined> = (holder, key, reading) =>
    isNone(holder[key]) ? undefined : field(holder, key, reading);
  return Object.assign(read, { known: field.known });
}

/** Absent is `value`; null is as wrong as for the field itself. */
export function withDefault<T>(field: Field<T>, value: () => T): Field<T> {
  const read: Field<T> = (holder, key, reading) => (holder[key] === undefined ? value() : field(holder, key, reading));
  return Object.assign(read, { hasDefault: true, known: field.known });
}

/**
 * A field of our extensions: peers that do not know it may have one of the same name and another form, which then is
 * none, never a reason to refuse the message.
 */
export function lenient<T>(field: Field<T>): Field<T | undefined> {
  return (holder, key, reading) => {
    if (isNone(holder[key])) return undefined;
    try {
      return field(holder, key, reading);
    } catch {
      return undefined;
    }
  };
}

export function list<T>(field: Field<T>): Field<T[]> {
  return (holder, key, reading) => {
    const value = holder[key];
    if (!Array.isArray(value)) return mismatch(key, 'an array');
    return value.map((_, index) => field(value as unknown as Holder, index, reading));
  };
}

/** An object of values by name; of a name that comes twice the last one counts, but each has to be such a value. */
export function map<T>(field: Field<T>): Field<Record<string, T>> {
  return (holder, key, reading) => {
    const value = holder[key];
    if (!isWireObject(value)) return mismatch(key, 'an object');
    const names = Object.keys(value);
    for (const name of names)
      for (const replaced of reading.facts.replaced(value, name)) field({ [name]: replaced }, name, reading);
    // fromEntries defines its properties, so the name '__proto__' is one like any other.
    return Object.fromEntries(names.map((name) => [name, field(value as Holder, name, reading)]));
  };
}

export const object: Field<WireObject> = (holder, key) => {
  const value = holder[key];
  return isWireObject(value) ? value : mismatch(key, 'an object');
};

/** An array of bytes, or the bytes that came beside the message; Python peers write UTF-8 text instead. */
export const bytes: Field<Uint8Array> = (holder, key, { facts, takesPython }) => {
  const value = holder[key];
  if (takesPython && typeof value === 'string') return Buffer.from(value, 'utf8');
  if (value instanceof Uint8Array) return value;
  if (!Array.isArray(value)) return mismatch(key, 'an array of bytes');
  const read = new Uint8Array(value.length);
  for (let index = 0; index < read.length; index += 1) {
    const byte: unknown = value[index];
    if (typeof byte !== 'number' || byte < 0 || byte > 255 || !Number.isInteger(byte) || facts.isFloat(value, index))
      return mismatch(key, 'an array of bytes');
    read[index] = byte;
  }
  return read;
};
