import { startDeadline } from '../foundation/index.js';
import type { CacheStore } from './cache-store.js';
import { bytesForm, type WireForm } from './wire-form.js';

/** One of several that were read at once. 'apart': it has to be read by itself. */
export type ReadValue = Uint8Array | undefined | 'apart';

/** An answer of several values holds no more; what is too long is read by itself. */
const mostBytes = 4 * 1024 ** 2;
const othersMs = 100;

/** null: there is none; false: it has to be read by itself. */
export const readValueForm: WireForm<ReadValue> = {
  write: (value, typed) => {
    if (value === undefined) return null;
    return value === 'apart' ? false : bytesForm.write(value, typed);
  },
  read: (json, what) => {
    if (json === null || json === undefined) return undefined;
    return json === false ? 'apart' : bytesForm.read(json, what);
  },
};

/**
 * What `get` gives for each. One that fails has to be read by itself, which tells why; where all fail, so does this, as
 * the first did. Once one has settled the others are not waited for long: they may be on a server that hangs, or try
 * whether one is back.
 */
export function readEach(store: Pick<CacheStore, 'get'>, keys: readonly string[]): Promise<readonly ReadValue[]> {
  return new Promise((resolve, reject) => {
    const values = keys.map((): ReadValue => 'apart');
    const failures: unknown[] = [];
    let [open, bytesLeft] = [keys.length, mostBytes];
    let stop: (() => void) | undefined;
    const end = () => {
      stop?.();
      if (failures.length > 0 && failures.length === keys.length) reject(failures[0]);
      else resolve(values);
    };
    const settled = () => {
      open -= 1;
      if (open === 0) end();
      else stop ??= startDeadline(othersMs, end, { keepsAlive: false });
    };
    const read = (value: Uint8Array | undefined, index: number) => {
      const length = value?.byteLength ?? 0;
      // However long it is, one can be told.
      if (length <= bytesLeft || bytesLeft === mostBytes) {
        bytesLeft = Math.max(0, bytesLeft - length);
        values[index] = value;
      }
      settled();
    };
    const failed = (error: unknown) => {
      failures.push(error);
      settled();
    };
    if (open === 0) end();
    for (const [index, key] of keys.entries()) store.get(key).then((value) => read(value, index), failed);
  });
}
