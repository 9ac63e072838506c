import assert from 'node:assert/strict';
import { assertFails, type CacheCase, promise } from './cache-case.js';

const strangeKeys = [
  ' ',
  'with space',
  'line\nbreak',
  'nul\0inside',
  'ключ-鍵-🔑',
  '__proto__',
  'constructor',
  '0',
  '"quoted"',
  'a:b:c',
  'x'.repeat(10_000),
];

export const valueCases: readonly CacheCase[] = [
  promise('gives back every kind of JSON value', async ({ cache }) => {
    for (const value of [null, true, false, 0, -1.5, '', 'text', [], [1, [2]], {}, { a: { b: [null, 'ü'] } }]) {
      await cache.set('key', value);
      assert.deepEqual(await cache.get('key'), value);
    }
  }),
  promise('has undefined for a key that was never set, and null for a null', async ({ cache }) => {
    assert.equal(await cache.get('missing'), undefined);
    await cache.set('null', null);
    assert.equal(await cache.get('null'), null);
  }),
  promise('replaces a value', async ({ cache }) => {
    await cache.set('key', 'old');
    await cache.set('key', 'new');
    assert.equal(await cache.get('key'), 'new');
  }),
  promise('gives every reader a value of its own', async ({ cache }) => {
    const value = { list: [1] };
    await cache.set('key', value);
    value.list.push(2);
    (await cache.get<typeof value>('key'))?.list.push(3);
    assert.deepEqual(await cache.get('key'), { list: [1] });
  }),
  promise('refuses what JSON cannot hold, names the key and keeps the old value', async ({ cache }) => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const unstorable = [
      undefined,
      1n,
      () => 1,
      Symbol('s'),
      Number.NaN,
      Infinity,
      new Map(),
      new Set(),
      new Uint8Array(1),
      Buffer.from('b'),
      cycle,
    ];
    await cache.set('key', 'old');
    for (const value of unstorable) {
      await assertFails(cache.set('key', value), 'SERIALIZATION', '"key"');
      if (value !== undefined) await assertFails(cache.set('key', { nested: [value] }), 'SERIALIZATION', '"key"');
    }
    await assertFails(cache.set('key', Promise.resolve('forgotten await')), 'SERIALIZATION', 'await');
    assert.equal(await cache.get('key'), 'old');
  }),
  promise('keeps keys apart whatever characters they have', async ({ cache }) => {
    for (const [index, key] of strangeKeys.entries()) await cache.set(key, index);
    for (const [index, key] of strangeKeys.entries()) assert.equal(await cache.get(key), index);
    const found = await cache.getMany(strangeKeys);
    assert.deepEqual([...found.keys()], strangeKeys);
    await cache.setMany(new Map(strangeKeys.map((key) => [key, `again ${key}`])));
    for (const key of strangeKeys) assert.equal(await cache.get(key), `again ${key}`);
    assert.equal(await cache.deleteMany(strangeKeys), strangeKeys.length);
  }),
  promise('refuses an empty key and half a surrogate pair', async ({ cache }) => {
    for (const key of ['', 'broken \uD800 pair']) {
      await assertFails(cache.get(key), 'OPERATION');
      await assertFails(cache.set(key, 1), 'OPERATION');
      await assertFails(cache.delete(key), 'OPERATION');
      await assertFails(cache.getMany(['fine', key]), 'OPERATION');
      await assertFails(cache.setMany({ fine: 1, [key]: 2 }), 'OPERATION');
    }
    assert.equal(await cache.exists('fine'), false);
  }),
];
