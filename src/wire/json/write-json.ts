import { WireError } from '../../foundation/index.js';
import { maxNesting, suitsPlainJson } from './wire-json.js';

/**
 * JSON text that every peer reads: bigint as a bare integer, a number beyond 2^53 as the float it is, no half surrogate
 * pairs. Throws on what JSON cannot hold and, with `WireError` MESSAGE_INVALID, on what nests too deep.
 */
export function writeJson(value: unknown): string {
  return wellFormed(suitsPlainJson(value) ? JSON.stringify(value) : (writeExact(value, maxNesting) ?? 'null'));
}

/** undefined for what JSON leaves out. */
function writeExact(value: unknown, levels: number): string | undefined {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  // A cycle ends here, too.
  if (levels === 0)
    throw new WireError('MESSAGE_INVALID', `it nests deeper than ${maxNesting} levels, which no peer reads`);
  if (Array.isArray(value)) return `[${value.map((item) => writeExact(item, levels - 1) ?? 'null').join(',')}]`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([key, member]) => {
    const text = writeExact(member, levels - 1);
    return text === undefined ? [] : [`${JSON.stringify(key)}:${text}`];
  });
  return `{${members.join(',')}}`;
}

/** Readers take digits alone for an integer of 64 bits, which such a number is not. */
function writeNumber(value: number): string {
  const text = JSON.stringify(value);
  return Number.isInteger(value) && !Number.isSafeInteger(value) && !text.includes('e') ? `${text}.0` : text;
}

/** Half surrogate pairs, which JSON.stringify escapes, as U+FFFD: Rust readers reject the whole line otherwise. */
function wellFormed(json: string): string {
  if (!json.includes('\\ud')) return json;
  // The backslash must be an escape of its own, not the second half of an escaped backslash.
  return json.replaceAll(/(?<=(?<!\\)(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '\ufffd');
}
