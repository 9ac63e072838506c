import assert from 'node:assert/strict';
import type { Cache } from '../../../src/cache/index.js';
import { type CacheCase, promise, until } from './cache-case.js';

const ttl = { ttl: '600ms' } as const;
const TTL_MS = 600;

/**
 * Uses the entry again and again for longer than its ttl: a marker of the same ttl, which nobody reads, shows that time.
 * On a busy machine two uses can be further apart than the ttl: an entry that died then died rightly, and the time is
 * taken again.
 */
async function outlives(cache: Cache, write: () => Promise<unknown>, use: () => Promise<unknown>): Promise<boolean> {
  let lastBegun = performance.now();
  let isTooSlow = false;
  const isThere = async () => {
    const begun = performance.now();
    const there = (await use()) !== undefined;
    isTooSlow ||= performance.now() - lastBegun >= TTL_MS;
    lastBegun = begun;
    return there;
  };
  await write();
  await cache.set('marker', 1, ttl);
  let lives = true;
  await until(async () => {
    lives &&= await isThere();
    return !(await cache.exists('marker'));
  }, 'the marker expires');
  lives &&= await isThere();
  return !lives && isTooSlow ? outlives(cache, write, use) : lives;
}

export const slidingCases: readonly CacheCase[] = [
  promise('where ttls slide, each read gives an entry its own ttl anew', async ({ sliding }) => {
    const reads = {
      get: (key: string) => sliding.get(key),
      getString: (key: string) => sliding.getString(key),
      getBytes: (key: string) => sliding.getBytes(key),
      getMany: async (key: string) => (await sliding.getMany([key, 'missing'])).get(key),
      getOrSet: (key: string) => sliding.getOrSet(key, () => Promise.reject(new Error('it is gone'))),
    };
    await Promise.all(
      Object.entries(reads).map(async ([name, read]) => {
        const isAlive = await outlives(
          sliding,
          () => sliding.set(name, 1, ttl),
          () => read(name),
        );
        assert.ok(isAlive, name);
      }),
    );
    for (const name of Object.keys(reads))
      await until(async () => !(await sliding.exists(name)), `'${name}' expires when nobody reads it`);
  }),
  promise('an entry keeps the ttl of its last write, by whatever method', async ({ sliding }) => {
    const writes = {
      set: () => sliding.set('set', 1, ttl),
      setMany: () => sliding.setMany({ setMany: 1 }, ttl),
      setIfAbsent: () => sliding.setIfAbsent('setIfAbsent', 1, ttl),
      tagged: () => sliding.set('tagged', 1, { ...ttl, tags: ['a'] }),
    };
    await Promise.all(
      Object.entries(writes).map(async ([name, write]) => {
        assert.ok(await outlives(sliding, write, () => sliding.get(name)), name);
      }),
    );
    await sliding.set('lasting', 1, { ttl: '30ms' });
    await sliding.set('lasting', 2);
    await sliding.get('lasting');
    await sliding.set('swapped', 1, { ttl: '30ms' });
    await sliding.getAndSet('swapped', 2);
    await sliding.get('swapped');
    await sliding.set('counter', 1, { ttl: '30ms' });
    await sliding.delete('counter');
    await sliding.increment('counter');
    await sliding.get('counter');
    await sliding.set('marker', 1, { ttl: '60ms' });
    await until(async () => !(await sliding.exists('marker')), 'the marker expires');
    for (const key of ['lasting', 'swapped', 'counter']) assert.equal(await sliding.exists(key), true, key);
  }),
  promise('asking whether an entry exists, or counting with it, prolongs nothing', async ({ sliding }) => {
    await sliding.setMany({ looked: 100, counted: 100 }, { ttl: '60ms' });
    await until(async () => !(await sliding.exists('looked')), 'the entry that is looked at expires');
    await until(async () => (await sliding.increment('counted')) < 100, 'the counter expires and begins anew');
  }),
  promise('an entry that outlived its first ttl by being read goes with its tag all the same', async ({ sliding }) => {
    const isAlive = await outlives(
      sliding,
      () => sliding.set('key', 1, { ...ttl, tags: ['a', 'b'] }),
      () => sliding.get('key'),
    );
    assert.ok(isAlive);
    await sliding.invalidateTags(['b']);
    assert.equal(await sliding.exists('key'), false);
  }),
];
