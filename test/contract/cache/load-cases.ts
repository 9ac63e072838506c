import assert from 'node:assert/strict';
import { Deferred } from '../../../src/foundation/index.js';
import { assertFails, type CacheCase, promise, until } from './cache-case.js';

export const loadCases: readonly CacheCase[] = [
  promise('getOrSet loads once for all callers and gives each a value of its own', async ({ cache }) => {
    let loads = 0;
    const load = async () => {
      loads++;
      await new Promise((resolve) => setTimeout(resolve, 10));
      return { list: [loads] };
    };
    const values = await Promise.all(Array.from({ length: 20 }, () => cache.getOrSet('key', load)));
    values[0]!.list.push(99);
    assert.deepEqual(
      values.slice(1),
      Array.from({ length: 19 }, () => ({ list: [1] })),
    );
    assert.deepEqual(await cache.getOrSet('key', load), { list: [1] });
    assert.equal(loads, 1);
  }),
  promise(
    'getOrSet fails all who wait with the error of the loader, stores nothing and loads again for the next',
    async ({ cache }) => {
      const failure = new Error('the source is down');
      const callers = Array.from({ length: 3 }, () => cache.getOrSet('key', () => Promise.reject(failure)));
      for (const outcome of await Promise.allSettled(callers)) {
        assert.equal(outcome.status === 'rejected' && outcome.reason, failure);
      }
      assert.equal(await cache.exists('key'), false);
      assert.equal(await cache.getOrSet('key', async () => 'fresh'), 'fresh');
    },
  ),
  promise('getOrSet stores with the ttl it is given, null too', async ({ cache }) => {
    assert.equal(await cache.getOrSet('key', async () => null, { ttl: '500ms' }), null);
    assert.equal(await cache.get('key'), null);
    await until(async () => !(await cache.exists('key')), 'the loaded value expires');
  }),
  promise(
    'a clear of a namespace while getOrSet loads wins over what is loaded for it, and for no other',
    async ({ cache }) => {
      for (const [key, isStored] of [
        ['ns:key', false],
        ['other:key', true],
        ['ns', true],
      ] as const) {
        const load = async () => {
          await cache.clear({ namespace: 'ns' });
          return 'loaded';
        };
        assert.equal(await cache.getOrSet(key, load), 'loaded');
        assert.equal(await cache.exists(key), isStored, key);
      }
    },
  ),
  promise('getOrSet refuses what loads nothing, found or not', async ({ cache }) => {
    await cache.set('found', 1);
    for (const key of ['found', 'missing'])
      await assertFails(cache.getOrSet(key, 5 as never), 'OPERATION', 'a function that loads the value, not number');
  }),
  promise('a delete while getOrSet loads wins over what was loaded', async ({ cache }) => {
    let finish: (value: string) => void = () => undefined;
    let isLoading: () => void = () => undefined;
    const loading = new Promise<void>((resolve) => (isLoading = resolve));
    const stale = cache.getOrSet('key', () => {
      isLoading();
      return new Promise<string>((resolve) => (finish = resolve));
    });
    await loading;
    await cache.delete('key');
    assert.equal(await cache.getOrSet('key', async () => 'fresh'), 'fresh');
    finish('stale');
    assert.equal(await stale, 'stale');
    assert.equal(await cache.get('key'), 'fresh');
  }),
  promise('getOrSet gives up on a loader that hangs, and tells it', async ({ cache }) => {
    const hangs = () => new Promise<string>(() => undefined);
    const signals: AbortSignal[] = [];
    const hanging = cache.getOrSet('key', ({ signal }) => (signals.push(signal), hangs()), { timeout: '20ms' });
    await assertFails(hanging, 'TIMEOUT', '"key"');
    assert.equal(signals[0]?.aborted, true);
    assert.equal(await cache.getOrSet('key', async () => 'fresh'), 'fresh');
  }),
  promise('getOrSet in its own loader fails at once and names the key', async ({ cache }) => {
    const load = () => cache.getOrSet('key', async () => 'inner', { timeout: '1m' });
    await assertFails(cache.getOrSet('key', load, { timeout: '1m' }), 'OPERATION', 'key "key"');
    assert.equal(await cache.getOrSet('key', async () => 'fresh'), 'fresh');
  }),
  promise('loaders that wait for each other in a ring fail at once, whoever began', async ({ cache }) => {
    const get = (key: string, load: () => Promise<string>) => cache.getOrSet(key, load, { timeout: '1m' });
    const three = () => get('three', () => get('one', async () => 'never'));
    const one = () => get('one', () => get('two', three));
    await assertFails(one(), 'OPERATION', '"one" is loaded by a loader that waits for "two"');
    // Begun by callers who know nothing of each other.
    const isHalfWay = new Map(['left', 'right'].map((key) => [key, new Deferred<void>()] as const));
    const half = (own: string, other: string) =>
      get(own, async () => {
        isHalfWay.get(own)!.resolve();
        await isHalfWay.get(other)!.promise;
        return get(other, async () => 'never');
      });
    for (const outcome of await Promise.allSettled([half('left', 'right'), half('right', 'left')]))
      assert.equal(outcome.status === 'rejected' && (outcome.reason as { code: string }).code, 'OPERATION');
  }),
  promise('loaders may wait for others, and for their own key once that was deleted', async ({ cache }) => {
    const inner = () => cache.getOrSet('inner', async () => 1);
    const both = await cache.getOrSet('outer', async () => (await Promise.all([inner(), inner()])).length);
    assert.equal(both, 2);
    const again = async () => {
      await cache.delete('key');
      return cache.getOrSet('key', async () => 'loaded anew');
    };
    assert.equal(await cache.getOrSet('key', again), 'loaded anew');
  }),
];
