import assert from 'node:assert/strict';
import type { Cache } from '../../../src/cache/index.js';
import { assertFails, boundPromise, type CacheCase, countedBy, smallCacheBytes, until } from './cache-case.js';

const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');

/** How many entries as large as `value` under keys of one character the small cache holds. */
async function capacityOf(small: Cache, value: string): Promise<number> {
  await small.setString('x', value);
  const { bytes } = await small.stats();
  await small.clear();
  return Math.floor(smallCacheBytes / bytes);
}

export const boundCases: readonly CacheCase[] = [
  boundPromise('the least recently used entry gives way', async ({ small }) => {
    const value = 'v'.repeat(1_000);
    const capacity = await capacityOf(small, value);
    const [first = '', second = '', third = '', ...rest] = letters.slice(0, capacity);
    for (const key of [first, second, third, ...rest]) await small.setString(key, value);
    const counted = await countedBy(small, async () => {
      await small.getString(first);
      await small.exists(second);
      await small.setString('z', value);
      assert.deepEqual(
        [await small.exists(first), await small.exists(second), await small.exists(third)],
        [true, false, true],
      );
      await small.setString(third, value);
      await small.setString('y', value);
    });
    assert.equal(counted.evictions, 2);
    assert.equal(counted.entries, 0);
    assert.deepEqual(
      [await small.exists(first), await small.exists(third), await small.exists(rest[0] ?? '')],
      [true, true, false],
    );
  }),
  boundPromise('holds as many bytes as it may and never more', async ({ small }) => {
    let fullest = 0;
    for (let round = 0; round < 300; round++) {
      await small.setBytes(
        `key ${(round * 7) % 50}`,
        new Uint8Array((round * 131) % 3_000),
        round % 3 === 0 ? { ttl: '20ms' } : {},
      );
      const { bytes } = await small.stats();
      assert.ok(bytes <= smallCacheBytes, `${bytes} bytes`);
      fullest = Math.max(fullest, bytes);
    }
    assert.ok(fullest > smallCacheBytes - 3_500, `was never fuller than ${fullest} bytes`);
  }),
  boundPromise('counts the bytes of key and value', async ({ small }) => {
    await small.setBytes('k', new Uint8Array(0));
    const { bytes: least } = await small.stats();
    const counted = async (key: string, length: number) => {
      await small.clear();
      await small.setBytes(key, new Uint8Array(length));
      return (await small.stats()).bytes - least;
    };
    assert.equal(await counted('k', 100), 100);
    assert.equal(await counted('kk', 0), 1);
    assert.equal(await counted('🔑', 0), 3);
    await small.setBytes('🔑', new Uint8Array(10));
    assert.equal((await small.stats()).bytes - least, 13);
  }),
  boundPromise('what is far larger than the cache is FULL before all of it is made ready', async ({ small }) => {
    let encoded = 0;
    const item = { toJSON: () => ({ count: (encoded += 1), text: 'a hundred of them are larger than the cache' }) };
    const huge = Array.from({ length: 100_000 }, () => item);
    const writes = [
      () => small.set('key', huge),
      () => small.setIfAbsent('key', huge),
      () => small.getAndSet('key', huge),
      () => small.setMany({ other: 1, key: huge }),
      () => small.getOrSet('key', async () => huge),
    ];
    for (const write of writes) await assertFails(write(), 'FULL', '"key"');
    assert.ok(encoded < writes.length * 2_000, `${encoded} items were encoded`);
    assert.equal((await small.stats()).entries, 0);
  }),
  boundPromise('an entry larger than the cache is FULL; the old value and all others stay', async ({ small }) => {
    const huge = 'x'.repeat(smallCacheBytes);
    await small.setMany({ key: 'old', other: 1 });
    const counted = await countedBy(small, async () => {
      await assertFails(small.set('key', huge), 'FULL', '"key"');
      await assertFails(small.getAndSet('key', huge), 'FULL', '"key"');
      await assertFails(small.setIfAbsent('new', huge), 'FULL', '"new"');
      await assertFails(small.setMany({ other: 2, key: huge }), 'FULL', '"key"');
      await assertFails(small.setIfAbsent('key', huge), 'FULL', '"key"');
    });
    assert.deepEqual(
      { ...counted },
      { hits: 0, misses: 0, sets: 0, deletes: 0, evictions: 0, expirations: 0, entries: 0, bytes: 0 },
    );
    assert.deepEqual(
      [...(await small.getMany(['key', 'other']))],
      [
        ['key', 'old'],
        ['other', 1],
      ],
    );
  }),
  boundPromise('what has expired gives way before anything that lives', async ({ small }) => {
    const value = 'v'.repeat(1_000);
    const living = letters.slice(0, (await capacityOf(small, value)) - 1);
    for (const key of living) await small.setString(key, value);
    await small.setString('y', value, { ttl: '20ms' });
    const before = await small.stats();
    const ranOutAt = performance.now() + 40;
    await until(async () => performance.now() > ranOutAt, 'the ttl runs out');
    await small.setString('z', value);
    const after = await small.stats();
    assert.equal(after.evictions, before.evictions);
    for (const key of [...living, 'z']) assert.equal(await small.exists(key), true);
  }),
];
