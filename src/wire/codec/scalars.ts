import { isWireObject, type WireJson } from '../json/wire-json.js';
import type { ServiceType } from '../service.js';
import { type Field, mismatch, type Reading } from './field.js';

export const string: Field<string> = (holder, key) => {
  const value = holder[key];
  return typeof value === 'string' ? value : mismatch(key, 'a string');
};

export const boolean: Field<boolean> = (holder, key) => {
  const value = holder[key];
  return typeof value === 'boolean' ? value : mismatch(key, 'true or false');
};

/** An integer that a number can hold. */
export function integer(min: number, max: number): Field<number> {
  return (holder, key, { facts }) => {
    const value = holder[key];
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
    return fits && !facts.isFloat(holder, key) ? value : mismatch(key, `an integer from ${min} to ${max}`);
  };
}

/** An integer of 64 bits: a number where that is enough. */
function longInteger(min: bigint, max: bigint): Field<number | bigint> {
  return (holder, key, { facts }) => {
    const value = holder[key];
    const isInteger = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
    return isInteger && !facts.isFloat(holder, key) && value >= min && value <= max
      ? value
      : mismatch(key, `an integer from ${min} to ${max}`);
  };
}

export const u8 = integer(0, 255);
export const u16 = integer(0, 65_535);
export const u32 = integer(0, 4_294_967_295);
/** A count of ours that needs no more than 53 bits. */
export const count = integer(0, Number.MAX_SAFE_INTEGER);
export const u64 = longInteger(0n, 2n ** 64n - 1n);
export const i64 = longInteger(-(2n ** 63n), 2n ** 63n - 1n);

export const number: Field<number> = (holder, key) => {
  const value = holder[key];
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : mismatch(key, 'a number');
};

/** Any JSON, null included, but not absent. */
export const json: Field<WireJson> = (holder, key) =>
  holder[key] ?? (holder[key] === null ? null : mismatch(key, 'there'));

/** Any JSON; absent is null. */
export const optionalJson: Field<WireJson> = (holder, key) => holder[key] ?? null;

/** One of those names, or as Rust also reads it: `{ name: null }`, and out of a buffer `{ name: {} }`. */
export function oneOf<N extends string>(...names: readonly N[]): Field<N> {
  return (holder, key, reading) => {
    const value = nameIn(holder[key], reading);
    return names.find((name) => name === value) ?? mismatch(key, `one of ${names.join(', ')}`);
  };
}

function nameIn(value: WireJson | undefined, { facts, isBuffered = false }: Reading): string | undefined {
  if (typeof value === 'string') return value;
  if (!isWireObject(value)) return undefined;
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0 || facts.isRepeated(value, name)) return undefined;
  const content = value[name];
  const isUnit = content === null || (isBuffered && isWireObject(content) && Object.keys(content).length === 0);
  return isUnit ? name : undefined;
}

export const serviceType: Field<ServiceType> = (holder, key, reading) => {
  const { facts, takesPython } = reading;
  const value = holder[key];
  const name = nameIn(value, reading);
  if (name === 'Database' || name === 'Cache' || name === 'Jwt') return name;
  if (isWireObject(value) && Object.keys(value).length === 1 && !facts.isRepeated(value, 'Custom')) {
    const custom = value['Custom'];
    if (typeof custom === 'string') return { Custom: custom };
  }
  const python = takesPython && typeof value === 'string' ? /^Custom\((.*)\)$/s.exec(value)?.[1] : undefined;
  return python === undefined ? mismatch(key, '"Database", "Cache", "Jwt" or {"Custom": name}') : { Custom: python };
};

const hex = (digits: number) => `[0-9a-fA-F]{${digits}}`;
const hyphenated = [8, 4, 4, 4, 12].map(hex).join('-');
const uuidForms = new RegExp(`^(?:${hex(32)}|(?:urn:uuid:)?${hyphenated}|\\{${hyphenated}\\})$`);

/** A UUID in any of its four forms, as the hyphenated one in lower case. */
export const uuid: Field<string> = (holder, key) => {
  const value = holder[key];
  if (typeof value !== 'string' || !uuidForms.test(value)) return mismatch(key, 'a UUID');
  const digits = value.replace('urn:uuid:', '').replaceAll(/[{}-]/g, '').toLowerCase();
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};
