import { CacheError } from './cache-error.js';

const integerText = /^(?:0|-?[1-9]\d{0,15})$/;

/**
 * The sum of `by` and the decimal integer that an entry holds; 0 where there is none. Throws CacheError OPERATION when it
 * holds something else, or the sum is beyond 2^53 - 1; `where` names cache and key.
 */
export function sumOf(value: Uint8Array | undefined, by: number, where: string): number {
  const present = value === undefined ? 0 : integerOf(value);
  if (present === undefined)
    throw new CacheError('OPERATION', `${where} does not hold an integer, so it cannot be incremented`);
  const sum = present + by;
  if (Number.isSafeInteger(sum)) return sum;
  throw new CacheError('OPERATION', `${where} would be beyond 2^53 - 1; it stays as it was`);
}

function integerOf(value: Uint8Array): number | undefined {
  const text = value.byteLength > 17 ? '' : Buffer.from(value).toString('latin1');
  const integer = integerText.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(integer) ? integer : undefined;
}
