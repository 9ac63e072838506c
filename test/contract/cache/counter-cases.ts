import assert from 'node:assert/strict';
import { assertFails, type CacheCase, countedBy, promise, until } from './cache-case.js';

export const counterCases: readonly CacheCase[] = [
  promise('increment and decrement count from 0 and return the sum', async ({ cache }) => {
    assert.equal(await cache.increment('counter'), 1);
    assert.equal(await cache.increment('counter', 41), 42);
    assert.equal(await cache.decrement('counter', 2), 40);
    assert.equal(await cache.decrement('counter'), 39);
    assert.equal(await cache.decrement('below'), -1);
    assert.equal(await cache.get('counter'), 39);
    await cache.set('set', 5);
    assert.equal(await cache.increment('set', 0), 5);
  }),
  promise('increment loses no count of many at once', async ({ cache }) => {
    const sums = await Promise.all(Array.from({ length: 200 }, () => cache.increment('counter')));
    assert.deepEqual(
      sums.toSorted((a, b) => a - b),
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
  }),
  promise('increment refuses what is no integer, names the key and keeps the value', async ({ cache }) => {
    for (const text of ['text', '1.5', '', ' 1', '1e3', '01', '"1"', '9007199254740992', '9'.repeat(40)]) {
      await cache.setString('key', text);
      await assertFails(cache.increment('key'), 'OPERATION', '"key"');
      assert.equal(await cache.getString('key'), text);
    }
    await assertFails(cache.increment('new', 0.5), 'OPERATION', '"new"');
    await cache.set('key', Number.MAX_SAFE_INTEGER);
    await assertFails(cache.increment('key'), 'OPERATION', '"key"');
    assert.equal(await cache.get('key'), Number.MAX_SAFE_INTEGER);
    assert.equal(await cache.exists('new'), false);
  }),
  promise('increment keeps the ttl of the entry', async ({ cache }) => {
    await cache.set('counter', 1, { ttl: '500ms' });
    await cache.increment('counter');
    await until(async () => !(await cache.exists('counter')), 'the counter expires');
  }),
];

export const statsCases: readonly CacheCase[] = [
  promise('stats count exactly', async ({ cache }) => {
    const counted = await countedBy(cache, async () => {
      await cache.set('a', 1);
      await cache.setMany({ b: 2, c: 3 });
      await cache.setIfAbsent('a', 9);
      await cache.setIfAbsent('d', 4);
      await cache.increment('n');
      await cache.get('a');
      await cache.get('missing');
      await cache.getMany(['a', 'a', 'b', 'missing']);
      await cache.getAndSet('a', 2);
      await cache.getAndSet('e', 5);
      await cache.exists('a');
      await cache.delete('a');
      await cache.delete('missing');
      await cache.deleteMany(['b', 'missing']);
    });
    const { entries: _entries, bytes: _bytes, ...counts } = counted;
    assert.deepEqual(counts, { hits: 4, misses: 3, sets: 7, deletes: 2, evictions: 0, expirations: 0 });
  }),
  promise('ping resolves while the cache is open', async ({ cache }) => {
    assert.equal(await cache.ping(), undefined);
  }),
];
