import { startDeadline } from '../foundation/index.js';
import type { CacheStore, ReadValue } from './cache-store.js';
import { bytesForm, malformed, type WireForm } from './wire-form.js';

/** An answer of several values holds no more; what is too long is read by itself. */
const mostBytes = 4 * 1024 ** 2;
const othersMs = 100;

/** In place of the length of a value. */
const marks = { none: 0xffff_ffff, apart: 0xffff_fffe } as const;
const lengthBytes = 4;

/**
 * One piece of bytes, which costs far less than as many as there are values: how many they are, the length of each (or a
 * mark), all as 32 bits with the low ones first, and then the values one after the other.
 */
export const readValuesForm: WireForm<readonly ReadValue[]> = {
  write: (values, typed) => {
    const head = Buffer.allocUnsafe(lengthBytes * (1 + values.length));
    let at = head.writeUInt32LE(values.length, 0);
    for (const value of values) at = head.writeUInt32LE(lengthOf(value), at);
    const present = values.filter((value) => value instanceof Uint8Array);
    return bytesForm.write(Buffer.concat([head, ...present]), typed);
  },
  read: (json, what) => {
    const { buffer, byteOffset, byteLength } = bytesForm.read(json, what);
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    const count = byteLength < lengthBytes ? Infinity : bytes.readUInt32LE(0);
    let end = lengthBytes * (1 + count);
    if (end > byteLength) throw malformed(what, 'lengths and values');
    const values: ReadValue[] = [];
    for (let index = 1; index <= count; index += 1) {
      const length = bytes.readUInt32LE(lengthBytes * index);
      if (length === marks.none) values.push(undefined);
      else if (length === marks.apart) values.push('apart');
      else values.push(bytes.subarray(end, (end += length)));
    }
    if (end !== byteLength) throw malformed(what, 'lengths and as many bytes');
    return values;
  },
};

function lengthOf(value: ReadValue): number {
  return value === undefined ? marks.none : value === 'apart' ? marks.apart : value.byteLength;
}

/** What `get` gives for each, by one operation where the store has that. */
export async function readEach(
  store: Pick<CacheStore, 'get' | 'getEach'>,
  keys: readonly string[],
): Promise<readonly ReadValue[]> {
  if (keys.length === 0) return [];
  const values = await (store.getEach?.(keys) ?? getEach(store, keys));
  let bytesLeft = mostBytes;
  return values.map((value) => {
    if (!(value instanceof Uint8Array)) return value;
    // However long it is, one can be told.
    if (value.byteLength > bytesLeft && bytesLeft < mostBytes) return 'apart';
    bytesLeft = Math.max(0, bytesLeft - value.byteLength);
    return value;
  });
}

/**
 * One by one. What fails has to be read by itself, which tells why; where all fail, so does this, as the first did. Once
 * one has settled the others are not waited for long: they may be on a server that hangs, or try whether one is back.
 */
function getEach(store: Pick<CacheStore, 'get'>, keys: readonly string[]): Promise<readonly ReadValue[]> {
  return new Promise((resolve, reject) => {
    const values = keys.map((): ReadValue => 'apart');
    const failures: unknown[] = [];
    let open = keys.length;
    let stop: (() => void) | undefined;
    const end = () => {
      stop?.();
      if (failures.length === keys.length) reject(failures[0]);
      else resolve(values);
    };
    const settled = () => {
      open -= 1;
      if (open === 0) end();
      else stop ??= startDeadline(othersMs, end, { keepsAlive: false });
    };
    const read = (value: Uint8Array | undefined, index: number) => {
      values[index] = value;
      settled();
    };
    const failed = (error: unknown) => {
      failures.push(error);
      settled();
    };
    for (const [index, key] of keys.entries()) store.get(key).then((value) => read(value, index), failed);
  });
}
