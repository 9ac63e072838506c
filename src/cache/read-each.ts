import type { CacheStore } from './cache-store.js';
import { bytesForm, type WireForm } from './wire-form.js';

/** One of several that were read at once. 'apart': it has to be read by itself. */
export type ReadValue = Uint8Array | undefined | 'apart';

/** An answer holds no more; a longer value is read by itself. */
const mostBytes = 4 * 1024 ** 2;

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
 * What `get` gives for each. One that fails has to be read by itself, which tells why; where all fail, so does this, and
 * for the reason of the first.
 */
export async function readEach(store: Pick<CacheStore, 'get'>, keys: readonly string[]): Promise<readonly ReadValue[]> {
  const reads = await Promise.allSettled(keys.map((key) => store.get(key)));
  const [first] = reads;
  if (first?.status === 'rejected' && reads.every(({ status }) => status === 'rejected')) throw first.reason;
  let bytes = 0;
  return reads.map((read) => {
    if (read.status === 'rejected') return 'apart';
    bytes += read.value?.byteLength ?? 0;
    return read.value && bytes > mostBytes ? 'apart' : read.value;
  });
}
