import assert from 'node:assert/strict';
import { assertFails, type CacheCase, promise } from './cache-case.js';

export const rawCases: readonly CacheCase[] = [
  promise('keeps every byte of a binary value', async ({ cache }) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    for (const value of [bytes, new Uint8Array(0), bytes.subarray(200), Buffer.from('buffer')]) {
      await cache.setBytes('key', value);
      assert.deepEqual(await cache.getBytes('key'), new Uint8Array(value));
    }
  }),
  promise('copies bytes in and out', async ({ cache }) => {
    const bytes = Uint8Array.of(1, 2, 3);
    await cache.setBytes('key', bytes);
    bytes[0] = 9;
    (await cache.getBytes('key'))!.fill(7);
    assert.deepEqual(await cache.getBytes('key'), Uint8Array.of(1, 2, 3));
  }),
  promise('keeps raw text as it is, beyond JSON', async ({ cache }) => {
    for (const text of ['', 'plain', '\uFEFFwith a mark', 'line\nünïcode 🔑 \0']) {
      await cache.setString('key', text);
      assert.equal(await cache.getString('key'), text);
    }
    assert.equal(await cache.getString('missing'), undefined);
    assert.equal(await cache.getBytes('missing'), undefined);
  }),
  promise('shows the JSON of a value as raw text, and reads raw JSON as a value', async ({ cache }) => {
    await cache.set('key', { a: 1 });
    assert.equal(await cache.getString('key'), '{"a":1}');
    await cache.setString('key', '[1,2]');
    assert.deepEqual(await cache.get('key'), [1, 2]);
  }),
  promise(
    'fails with SERIALIZATION, not with the value in the message, when raw bytes are read as something else',
    async ({ cache }) => {
      await cache.setString('text', 'hunter2');
      await assert.rejects(cache.get('text'), (error: Error) => !error.message.includes('hunter2'));
      await assertFails(cache.get('text'), 'SERIALIZATION', '"text"');
      await assertFails(cache.getMany(['text']), 'SERIALIZATION', '"text"');
      await cache.setBytes('bytes', Uint8Array.of(0xff, 0xfe));
      await assertFails(cache.getString('bytes'), 'SERIALIZATION', '"bytes"');
    },
  ),
];
