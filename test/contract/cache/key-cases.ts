import assert from 'node:assert/strict';
import { assertFails, type CacheCase, promise } from './cache-case.js';

export const keyCases: readonly CacheCase[] = [
  promise('says whether there was something to delete', async ({ cache }) => {
    await cache.set('key', 1);
    assert.equal(await cache.delete('key'), true);
    assert.equal(await cache.delete('key'), false);
    assert.equal(await cache.get('key'), undefined);
  }),
  promise('says whether a key exists', async ({ cache }) => {
    assert.equal(await cache.exists('key'), false);
    await cache.set('key', null);
    assert.equal(await cache.exists('key'), true);
  }),
  promise('any text is a key: spaces, lines, NUL, what patterns use, 10 KB', async ({ cache }) => {
    const keys = [' ', ' a b ', 'a\r\nb', '\0', 'a\0b', '*', '[a]?\\', '{a}', 'ключ 🔑', 'k'.repeat(10_240), 'ns\0: *'];
    await cache.setMany(keys.map((key, index) => [key, index] as const));
    assert.deepEqual(
      [...(await cache.getMany(keys))],
      [...keys.entries()].map(([index, key]) => [key, index]),
    );
    for (const [index, key] of keys.entries()) {
      assert.equal(await cache.get(key), index);
      assert.equal(await cache.increment(key), index + 1);
      const lock = await cache.lock(key, { ttl: '10s' });
      assert.equal(await lock?.release(), true);
    }
    await cache.clear({ namespace: 'ns\0' });
    await cache.clear({ namespace: '*' });
    assert.equal(await cache.deleteMany(keys), keys.length - 1);
  }),
  promise('setIfAbsent lets exactly one of many callers win', async ({ cache }) => {
    const wins = await Promise.all(Array.from({ length: 50 }, (_, index) => cache.setIfAbsent('key', index)));
    assert.equal(wins.filter(Boolean).length, 1);
    assert.equal(await cache.get('key'), wins.indexOf(true));
  }),
  promise('getAndSet hands over the value before', async ({ cache }) => {
    assert.equal(await cache.getAndSet('key', 'first'), undefined);
    assert.equal(await cache.getAndSet('key', 'second'), 'first');
    assert.equal(await cache.get('key'), 'second');
  }),
  promise('getMany answers in the order asked, without the missing and without repeats', async ({ cache }) => {
    await cache.setMany({ b: 2, a: 1, 7: 'seven' });
    const found = await cache.getMany(['b', 'missing', '7', 'a', 'b']);
    assert.deepEqual(
      [...found],
      [
        ['b', 2],
        ['7', 'seven'],
        ['a', 1],
      ],
    );
    assert.equal((await cache.getMany([])).size, 0);
  }),
  promise('setMany takes a Map, pairs or an object, and none of them when one value is bad', async ({ cache }) => {
    await cache.setMany(new Map([['a', 1]]));
    await cache.setMany([['b', 2]]);
    await cache.setMany({ c: 3 });
    await cache.setMany([]);
    await assertFails(cache.setMany({ a: 'changed', d: 4n }), 'SERIALIZATION', '"d"');
    assert.deepEqual(
      [...(await cache.getMany(['a', 'b', 'c', 'd']))],
      [
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ],
    );
  }),
  promise('deleteMany counts the keys that had a value', async ({ cache }) => {
    await cache.setMany({ a: 1, b: 2 });
    assert.equal(await cache.deleteMany(['a', 'b', 'b', 'missing']), 2);
    assert.equal(await cache.deleteMany([]), 0);
    assert.equal((await cache.getMany(['a', 'b'])).size, 0);
  }),
  promise('clear removes everything', async ({ cache }) => {
    await cache.setMany({ a: 1, 'users:1': 2 });
    await cache.clear();
    assert.equal((await cache.getMany(['a', 'users:1'])).size, 0);
  }),
  promise('clear of a namespace removes its keys and no others', async ({ cache }) => {
    const others = { users: 1, 'user:1': 2, 'users2:1': 3, 'x:users:1': 4 };
    await cache.setMany({ ...others, 'users:1': 5, 'users:1:name': 6, 'users:': 7 });
    await cache.clear({ namespace: 'users' });
    assert.deepEqual(
      Object.fromEntries(await cache.getMany([...Object.keys(others), 'users:1', 'users:1:name', 'users:'])),
      others,
    );
    await assertFails(cache.clear({ namespace: 'x:users' }), 'OPERATION', '"x:users"');
    await assertFails(cache.clear({ namespace: '' }), 'OPERATION', 'the namespace is empty');
  }),
];
