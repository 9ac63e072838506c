import { isJsonObject, type JsonObject, type JsonValue, WireError } from '../foundation/index.js';
import type { ServiceType } from './service.js';

/** Reads the fields of one message and says which one is wrong. Unknown fields are ignored; absent and null are alike. */
export class FieldReader {
  readonly #op: string;
  readonly #fields: JsonObject;

  constructor(op: string, fields: JsonObject) {
    this.#op = op;
    this.#fields = fields;
  }

  raw(name: string): JsonValue {
    return this.#fields[name] ?? null;
  }

  string(name: string): string {
    return this.optionalString(name) ?? this.#fail(name, 'a string');
  }

  optionalString(name: string): string | undefined {
    const value = this.raw(name);
    if (value === null) return undefined;
    return typeof value === 'string' ? value : this.#fail(name, 'a string');
  }

  boolean(name: string): boolean {
    return this.optionalBoolean(name) ?? this.#fail(name, 'a boolean');
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === null) return undefined;
    return typeof value === 'boolean' ? value : this.#fail(name, 'a boolean');
  }

  integer(name: string, min: number, max: number): number {
    return this.optionalInteger(name, min, max) ?? this.#fail(name, `an integer from ${min} to ${max}`);
  }

  optionalInteger(name: string, min: number, max: number): number | undefined {
    const value = this.raw(name);
    if (value === null) return undefined;
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
    return fits ? value : this.#fail(name, `an integer from ${min} to ${max}`);
  }

  strings(name: string): string[] {
    const value = this.raw(name);
    const fits = Array.isArray(value) && value.every((item) => typeof item === 'string');
    return fits ? value : this.#fail(name, 'an array of strings');
  }

  objects(name: string): JsonObject[] {
    const value = this.raw(name);
    return Array.isArray(value) && value.every(isJsonObject) ? value : this.#fail(name, 'an array of objects');
  }

  optionalObject(name: string): JsonObject | undefined {
    const value = this.raw(name);
    if (value === null) return undefined;
    return isJsonObject(value) ? value : this.#fail(name, 'an object');
  }

  stringMap(name: string): Record<string, string> {
    const value = this.optionalObject(name) ?? this.#fail(name, 'an object of strings');
    for (const item of Object.values(value)) if (typeof item !== 'string') this.#fail(name, 'an object of strings');
    return value as Record<string, string>;
  }

  /** A body: an array of bytes, `body_b64` beside null, or (Python peers) text. */
  body(): Uint8Array | null {
    const base64 = this.optionalString('body_b64');
    if (base64 !== undefined) return Buffer.from(base64, 'base64');
    const value = this.raw('body');
    if (value === null) return null;
    if (typeof value === 'string') return Buffer.from(value, 'utf8');
    const fits = Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
    return fits ? Uint8Array.from(value as number[]) : this.#fail('body', 'an array of bytes');
  }

  headerPairs(name: string): [string, string][] | undefined {
    const value = this.raw(name);
    if (value === null) return undefined;
    const isPair = (pair: JsonValue) =>
      Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
    return Array.isArray(value) && value.every(isPair)
      ? (value as [string, string][])
      : this.#fail(name, 'an array of [name, value]');
  }

  serviceType(): ServiceType {
    const value = this.raw('service_type');
    if (value === 'Database' || value === 'Cache' || value === 'Jwt') return value;
    if (isJsonObject(value)) {
      const [kind, ...rest] = Object.keys(value);
      const custom = value['Custom'];
      if (rest.length === 0 && typeof custom === 'string') return { Custom: custom };
      if (
        rest.length === 0 &&
        value[kind ?? ''] === null &&
        (kind === 'Database' || kind === 'Cache' || kind === 'Jwt')
      )
        return kind;
    }
    return this.#fail('service_type', '"Database", "Cache", "Jwt" or {"Custom": name}');
  }

  #fail(name: string, expected: string): never {
    throw new WireError('MESSAGE_INVALID', `${this.#op}: field '${name}' must be ${expected}`);
  }
}

/** Leaves out what is undefined, as `exactOptionalPropertyTypes` asks. */
export function defined<T extends object>(
  fields: T,
): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
} {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as never;
}
