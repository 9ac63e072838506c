import { describe, expect, it } from '@jest/globals';
import { decodeEntry, encodeEntry } from '../../../../src/cache/memcached/memcached-entry.js';
import { MemcachedPlaces } from '../../../../src/cache/memcached/memcached-places.js';

const places = new MemcachedPlaces('prefix:');
const version = (byte: number) => Buffer.alloc(8, byte);

describe('an entry in memcached', () => {
  it.each([
    { value: Buffer.alloc(0), expiresAt: Infinity, ttlMs: Infinity, versions: new Map() },
    {
      value: Buffer.from('text'),
      expiresAt: 1_790_000_000_123,
      ttlMs: 1,
      versions: new Map([[places.cache, version(0)]]),
    },
    {
      value: Uint8Array.from({ length: 300 }, (_, index) => index),
      expiresAt: Date.now() + Number.MAX_SAFE_INTEGER,
      ttlMs: Number.MAX_SAFE_INTEGER,
      versions: new Map(Array.from({ length: 1_002 }, (_, index) => [places.tag(`${index}`), version(index % 256)])),
    },
  ])('comes back as it was written: %#', (entry) => {
    const read = decodeEntry(encodeEntry(entry))!;
    expect({ ...read, value: new Uint8Array(read.value) }).toEqual({ ...entry, value: new Uint8Array(entry.value) });
  });

  it('is not read out of bytes that are none, or not all of one', () => {
    const bytes = encodeEntry({
      value: Buffer.alloc(0),
      expiresAt: Infinity,
      ttlMs: Infinity,
      versions: new Map([[places.cache, version(1)]]),
    });
    for (let length = 0; length < bytes.length; length += 1)
      expect(decodeEntry(bytes.subarray(0, length))).toBeUndefined();
    expect(decodeEntry(Buffer.alloc(100))).toBeUndefined();
    expect(decodeEntry(bytes)).toBeDefined();
  });
});
