import { isWireObject, type WireJson, type WireObject } from '../wire/index.js';
import { malformed } from './wire-values.js';

/** Turns one thing into JSON and back; `typed` says whether our own tags may stand beside the plain form. */
export interface Codec<T> {
  encode(value: T, typed: boolean): WireJson;
  /** SERIALIZATION when the JSON is not of this form. */
  decode(json: WireJson): T;
}

/** An operation of a calls table. */
export const call = <P, R>(params: Codec<P>, result: Codec<R>) => ({ params, result });

export const nothing: Codec<void> = { encode: () => null, decode: () => undefined };

export function fieldsOf(json: WireJson): WireObject {
  if (isWireObject(json)) return json;
  throw malformed('params is not an object');
}

export function textOf(fields: WireObject, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw malformed(`${name} is not a string`);
}

export function numberOf(fields: WireObject, name: string): number {
  const value = fields[name];
  if (typeof value === 'number' && value >= 0) return value;
  throw malformed(`${name} is not a number`);
}

export function arrayOf(fields: WireObject, name: string): readonly WireJson[] {
  const value = fields[name];
  if (Array.isArray(value)) return value as readonly WireJson[];
  throw malformed(`${name} is not an array`);
}
