import { WireError } from '../../foundation/index.js';
import type { KnownFields } from '../json/exact-json.js';
import { isWireObject, type WireJson } from '../json/wire-json.js';
import type { Field, FieldValue, Holder, Reading } from './field.js';

type Fields = Readonly<Record<string, Field<unknown>>>;

/** Fields that may be undefined are optional properties, as `exactOptionalPropertyTypes` asks. */
type Values<F extends Fields> = {
  readonly [K in keyof F as undefined extends FieldValue<F[K]> ? never : K]: FieldValue<F[K]>;
} & {
  readonly [K in keyof F as undefined extends FieldValue<F[K]> ? K : never]?: Exclude<FieldValue<F[K]>, undefined>;
};

/**
 * A type of the protocol: its fields in the order of the protocol, then those of our extensions. Like the Rust types
 * it ignores fields it does not know, refuses one of its own that comes twice, and takes an array of the values too.
 */
export class Struct<T> {
  readonly #fields: readonly (readonly [string, Field<unknown>])[];
  readonly #extensions: readonly (readonly [string, Field<unknown>])[];
  readonly known: KnownFields;
  /** As a field of another type. */
  readonly field: Field<T>;

  constructor(fields: Fields, extensions: Fields) {
    this.#fields = Object.entries(fields);
    this.#extensions = Object.entries(extensions);
    this.known = new Map([...this.#fields, ...this.#extensions].map(([name, field]) => [name, field.known]));
    const read: Field<T> = (holder, key, reading) => this.#readField(holder, key, reading);
    this.field = Object.assign(read, { known: this.known });
  }

  #readField(holder: Holder, key: string | number, reading: Reading): T {
    const value = holder[key];
    if (!isWireObject(value) && !Array.isArray(value))
      throw new WireError('MESSAGE_INVALID', `field '${key}' must be an object`);
    return this.read(value as WireJson, reading);
  }

  /** `into` holds what stands before the fields, and `skipped` says how many values that is in an array. */
  read(value: WireJson, reading: Reading, into: object = {}, skipped = 0): T {
    const out = into as Record<string, unknown>;
    if (isWireObject(value)) this.#readObject(value, reading, out);
    else if (Array.isArray(value)) this.#readArray(value, reading, out, skipped);
    else throw new WireError('MESSAGE_INVALID', 'it must be an object');
    return out as T;
  }

  #readObject(holder: Holder & object, reading: Reading, out: Record<string, unknown>): void {
    for (const [name, field] of this.#fields) {
      if (reading.facts.isRepeated(holder, name))
        throw new WireError('MESSAGE_INVALID', `field '${name}' stands there twice`);
      const value = field(holder, name, reading);
      if (value !== undefined) out[name] = value;
    }
    for (const [name, field] of this.#extensions) {
      const value = field(holder, name, reading);
      if (value !== undefined) out[name] = value;
    }
  }

  #readArray(values: readonly unknown[], reading: Reading, out: Record<string, unknown>, skipped: number): void {
    const given = values.length - skipped;
    const isComplete = this.#fields.slice(Math.max(given, 0)).every(([, field]) => field.hasDefault === true);
    if (given > this.#fields.length || !isComplete)
      throw new WireError('MESSAGE_INVALID', `it must have ${this.#fields.length} values`);
    for (const [index, [name, field]] of this.#fields.entries()) {
      const value = field(values as unknown as Holder, skipped + index, reading);
      if (value !== undefined) out[name] = value;
    }
  }
}

/** One type for each op of a union of messages. */
export type Structs<M extends { readonly op: string }> = {
  readonly [Op in M['op']]: Struct<Omit<Extract<M, { readonly op: Op }>, 'op'>>;
};

export function struct<F extends Fields>(fields: F): Struct<Values<F>>;
export function struct<F extends Fields, E extends Fields>(fields: F, extensions: E): Struct<Values<F> & Values<E>>;
export function struct(fields: Fields, extensions: Fields = {}): Struct<unknown> {
  return new Struct(fields, extensions);
}
