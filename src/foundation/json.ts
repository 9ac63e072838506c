import { types } from 'node:util';

/** Anything `JSON.parse` can return. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * What a value is that JSON would drop, empty or write as something else without a word, such as `a Map or Set`;
 * undefined for what it keeps. Looks at the value itself, not at what is in it.
 */
export function alteredByJson(value: unknown): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'not a finite number';
  return typeof value === 'object' && value !== null ? alteredObject(value) : undefined;
}

function alteredObject(value: object): string | undefined {
  if (types.isMap(value) || types.isSet(value)) return 'a Map or Set';
  if (types.isPromise(value)) return 'a Promise (is an await missing?)';
  if (types.isAnyArrayBuffer(value) || types.isArrayBufferView(value)) return 'bytes';
  if (types.isRegExp(value)) return 'a regular expression';
  if (types.isNativeError(value)) return 'an Error';
  return undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
