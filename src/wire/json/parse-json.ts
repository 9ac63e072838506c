import { WireError } from '../../foundation/index.js';
import { type ExactJson, type JsonFacts, readExactJson } from './exact-json.js';
import { maxNesting, suitsPlainJson, type WireJson } from './wire-json.js';

/**
 * How a line is read: `exact` as the Rust peers read it; `fast` with `JSON.parse`, for lines of our own far end, which
 * writes no key twice and no integer with a fraction. Integers of 64 bits and the limit on nesting hold in both.
 */
export type JsonReading = 'exact' | 'fast';

const nothing: readonly WireJson[] = [];
const nothingOdd: JsonFacts = { isRepeated: () => false, replaced: () => nothing, isFloat: () => false };

/** Throws `WireError` MESSAGE_INVALID for what is not JSON, or nests deeper than `levels`. */
export function parseJson(text: string, reading: JsonReading, levels = maxNesting): ExactJson {
  if (reading === 'exact') return readExactJson(text, levels);
  let value: WireJson;
  try {
    value = JSON.parse(text) as WireJson;
  } catch {
    throw new WireError('MESSAGE_INVALID', 'not JSON');
  }
  // Infinity is what JSON.parse makes of a number out of range.
  return suitsPlainJson(value, levels) ? { value, facts: nothingOdd } : readExactJson(text, levels);
}
