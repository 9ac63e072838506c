import { WireError } from '../../foundation/index.js';
import type { JsonFacts, KnownFields } from '../json/exact-json.js';
import type { WireJson } from '../json/wire-json.js';

/** How a message is read: what the text said of it, and whether Python's forms are taken beside the protocol's. */
export interface Reading {
  readonly facts: JsonFacts;
  readonly takesPython: boolean;
  /** Part of a message that is told apart by its op: Rust buffers such, and out of its buffer `{}` is as good as null. */
  readonly isBuffered?: boolean;
}

/** An object or an array, by key or index. */
export type Holder = Readonly<Record<string | number, WireJson | undefined>>;

/**
 * Reads the value at `holder[key]`, as strictly as the Rust types do. undefined stands for a field that is absent.
 * Throws `WireError` MESSAGE_INVALID naming the field, never its value.
 */
export interface Field<T> {
  (holder: Holder, key: string | number, reading: Reading): T;
  /** An array form may end before it. */
  readonly hasDefault?: boolean;
  /** What it reads of an object. Of any other value, and without this of an object, too, it reads all. */
  readonly known?: KnownFields | undefined;
}

export type FieldValue<F> = F extends Field<infer T> ? T : never;

export function mismatch(key: string | number, expected: string): never {
  throw new WireError('MESSAGE_INVALID', `field '${key}' must be ${expected}`);
}

/** Whether the field says nothing: what an option reads as none. */
export function isNone(value: WireJson | undefined): value is null | undefined {
  return value === undefined || value === null;
}
