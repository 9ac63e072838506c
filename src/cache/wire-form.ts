import { isWireObject, type WireJson, type WireObject } from '../wire/index.js';
import { CacheError } from './cache-error.js';

/**
 * How one kind of value stands in a message. `write` may use the agreed extensions when `typedValues` is true; `read`
 * takes both forms and throws CacheError SERIALIZATION naming `what` when it gets neither.
 */
export interface WireForm<T> {
  write(value: T, typedValues: boolean): WireJson;
  read(json: WireJson | undefined, what: string): T;
}

export function malformed(what: string, expected: string): CacheError {
  return new CacheError('SERIALIZATION', `${what} of a cache operation must be ${expected}`);
}

export const textForm: WireForm<string> = {
  write: (text) => text,
  read: (json, what) => {
    if (typeof json === 'string') return json;
    throw malformed(what, 'a string');
  },
};

export const integerForm: WireForm<number> = {
  write: (integer) => integer,
  read: (json, what) => {
    if (typeof json === 'number' && Number.isSafeInteger(json)) return json;
    throw malformed(what, 'an integer within 2^53');
  },
};

/** Reads null as 0, as plain peers do. */
export const countForm: WireForm<number> = {
  write: (count) => count,
  read: (json, what) => {
    const count = integerForm.read(json ?? 0, what);
    if (count >= 0) return count;
    throw malformed(what, 'a count');
  },
};

/** Reads null as false, as plain peers do. */
export const flagForm: WireForm<boolean> = {
  write: (flag) => flag,
  read: (json, what) => {
    if (json === null || json === undefined) return false;
    if (typeof json === 'boolean') return json;
    throw malformed(what, 'a boolean');
  },
};

/** An answer that only says that it was done. */
export const doneForm: WireForm<void> = { write: () => null, read: () => undefined };

/** On the wire raw, or standard base64 with padding; a plain peer may also send an array of bytes. */
export const bytesForm: WireForm<Uint8Array> = {
  write: (bytes) => bytes,
  read: (json, what) => {
    if (json instanceof Uint8Array) return json;
    const bytes = typeof json === 'string' ? bytesOfBase64(json) : bytesOfArray(json);
    if (bytes) return bytes;
    throw malformed(what, 'a base64 string');
  },
};

function bytesOfBase64(text: string): Uint8Array | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  // Node skips what is not base64, so a bad character or missing padding shows in the length.
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined;
}

function bytesOfArray(json: WireJson | undefined): Uint8Array | undefined {
  const isByte = (item: WireJson) => typeof item === 'number' && Number.isInteger(item) && item >= 0 && item <= 255;
  return Array.isArray(json) && json.every(isByte) ? Uint8Array.from(json as number[]) : undefined;
}

/** null stands for undefined. */
export function optionalForm<T>(form: WireForm<T>): WireForm<T | undefined> {
  return {
    write: (value, typed) => (value === undefined ? null : form.write(value, typed)),
    read: (json, what) => (json === null || json === undefined ? undefined : form.read(json, what)),
  };
}

export function listForm<T>(form: WireForm<T>): WireForm<readonly T[]> {
  return {
    write: (items, typed) => items.map((item) => form.write(item, typed)),
    read: (json, what) => {
      if (!Array.isArray(json)) throw malformed(what, 'an array');
      return json.map((item: WireJson) => form.read(item, what));
    },
  };
}

/** An object by key; null is read as an empty one. */
export function mapForm<K extends string, V>(keyForm: WireForm<K>, form: WireForm<V>): WireForm<ReadonlyMap<K, V>> {
  return {
    // fromEntries defines its properties, so the key '__proto__' is one like any other.
    write: (map, typed) => Object.fromEntries([...map].map(([key, value]) => [key, form.write(value, typed)])),
    read: (json, what) => {
      const object = objectOf(json ?? {}, what);
      return new Map(Object.entries(object).map(([key, value]) => [keyForm.read(key, what), form.read(value, what)]));
    },
  };
}

/** The named fields of one operation's parameters. */
export function fieldsForm<T extends object>(fields: { readonly [K in keyof T]: WireForm<T[K]> }): WireForm<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    // Loops: this is done for every call.
    write: (values, typed) => {
      const object: Record<string, WireJson> = {};
      for (const name of names) object[name] = fields[name].write(values[name], typed);
      return object;
    },
    read: (json, what) => {
      const object = names.length === 0 ? {} : objectOf(json, what);
      const values: Partial<T> = {};
      for (const name of names) values[name] = fields[name].read(object[name], `'${name}'`);
      return values as T;
    },
  };
}

export interface TimeToLive {
  readonly ttlMs?: number | undefined;
}

/**
 * Adds a ttl to other parameters. The protocol counts whole seconds in `ttl_seconds` (null: the default ttl); where the
 * peer agreed, `ttl_ms` beside it says what that cannot. A plain peer gets seconds rounded up.
 */
export function withTtl<T extends object>(form: WireForm<T>): WireForm<T & TimeToLive> {
  return {
    write: (values, typed) => {
      const { ttlMs } = values;
      const plain = {
        ...(form.write(values, typed) as WireObject),
        ttl_seconds: ttlMs === undefined ? null : Math.ceil(ttlMs / 1000),
      };
      return typed && ttlMs !== undefined && ttlMs % 1000 !== 0 ? { ...plain, ttl_ms: ttlMs } : plain;
    },
    read: (json, what) => {
      const { ttl_ms: exact, ttl_seconds: seconds } = objectOf(json, what);
      return {
        ...form.read(json, what),
        ttlMs: ttlMsOf(exact ?? null, "'ttl_ms'", 1) ?? ttlMsOf(seconds ?? null, "'ttl_seconds'", 1000),
      };
    },
  };
}

function ttlMsOf(json: WireJson, what: string, unitMs: number): number | undefined {
  if (json === null) return undefined;
  if (typeof json !== 'number' || !Number.isInteger(json) || json < 0)
    throw malformed(what, 'a whole number from 0 up');
  return Math.min(json * unitMs, Number.MAX_SAFE_INTEGER);
}

function objectOf(json: WireJson | undefined, what: string): WireObject {
  if (isWireObject(json)) return json;
  throw malformed(what, 'an object');
}
