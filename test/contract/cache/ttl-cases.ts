import assert from 'node:assert/strict';
import { type CacheCase, countedBy, promise, until } from './cache-case.js';

export const ttlCases: readonly CacheCase[] = [
  promise('an entry is gone after its ttl, to every method, and those without one stay', async ({ cache }) => {
    const ttl = { ttl: '40ms' } as const;
    const counted = await countedBy(cache, async () => {
      await cache.set('set', 1, ttl);
      await cache.setString('raw', 'x', { ttl: { milliseconds: 40 } });
      await cache.setMany({ many: 1 }, ttl);
      assert.equal(await cache.setIfAbsent('absent', 1, ttl), true);
      await cache.set('stays', 1, { ttl: undefined });
      for (const key of ['set', 'raw', 'many', 'absent'])
        await until(async () => !(await cache.exists(key)), `'${key}' expires`);
      assert.equal(await cache.get('set'), undefined);
      assert.equal(await cache.delete('many'), false);
      assert.deepEqual([...(await cache.getMany(['set', 'raw', 'stays', 'many'])).keys()], ['stays']);
      assert.equal(await cache.setIfAbsent('absent', 2), true);
    });
    assert.equal(counted.expirations, 4);
  }),
  promise('a ttl is honoured to the millisecond, not rounded to seconds', async ({ cache }) => {
    const beforeSet = performance.now();
    await cache.set('key', 1, { ttl: '300ms' });
    const afterSet = performance.now();
    let lastSeenAt = afterSet;
    await until(async () => {
      const askedAt = performance.now();
      const isThere = await cache.exists('key');
      if (isThere) lastSeenAt = askedAt;
      return !isThere;
    }, 'the entry expires');
    assert.ok(performance.now() - beforeSet >= 299, 'went too early');
    assert.ok(lastSeenAt - afterSet <= 301, 'was seen after its ttl');
  }),
  promise('a ttl of 0 is gone at once, and takes the old value with it', async ({ cache }) => {
    await cache.set('key', 'old');
    await cache.set('key', 'new', { ttl: '0ms' });
    assert.equal(await cache.get('key'), undefined);
  }),
  promise('a huge ttl is a long time, and writing anew replaces the ttl', async ({ cache }) => {
    await cache.set('huge', 1, { ttl: '999999999999d' });
    await cache.set('renewed', 1, { ttl: '30ms' });
    await cache.set('renewed', 2);
    await cache.set('marker', 1, { ttl: '60ms' });
    await until(async () => !(await cache.exists('marker')), 'the marker expires');
    assert.deepEqual(
      [...(await cache.getMany(['huge', 'renewed']))],
      [
        ['huge', 1],
        ['renewed', 2],
      ],
    );
  }),
  promise('a malformed ttl is refused before anything is stored', async ({ cache }) => {
    for (const ttl of ['-5s', 'soon', { seconds: -1 }, {}]) {
      await assert.rejects(cache.set('key', 1, { ttl: ttl as '1s' }), { name: 'ValueError', code: 'INVALID_VALUE' });
    }
    assert.equal(await cache.exists('key'), false);
  }),
];
