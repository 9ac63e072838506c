import assert from 'node:assert/strict';
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
];
