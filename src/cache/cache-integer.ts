import { CacheError } from './cache-error.js';
import { shownKey } from './cache-key.js';

const integerText = /^(?:0|-?[1-9]\d{0,15})$/;

/**
 * The sum of a stored integer, decimal in ASCII (0 when there is none), and `by`. CacheError OPERATION when the value is
 * no integer or the sum is beyond 2^53 - 1; the messages name cache and key.
 */
export function incremented(name: string, key: string, value: Uint8Array | undefined, by: number): number {
  const sum = (value ? integerOf(name, key, value) : 0) + by;
  if (Number.isSafeInteger(sum)) return sum;
  const message = `cache '${name}': key ${shownKey(key)} would be beyond 2^53 - 1; it stays as it was`;
  throw new CacheError('OPERATION', message);
}

function integerOf(name: string, key: string, value: Uint8Array): number {
  const text = value.byteLength > 17 ? '' : Buffer.from(value).toString('latin1');
  const integer = integerText.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(integer)) return integer;
  const message = `cache '${name}': key ${shownKey(key)} does not hold an integer, so it cannot be incremented`;
  throw new CacheError('OPERATION', message);
}
