import assert from 'node:assert/strict';
import { assertFails, type CacheCase, promise, until } from './cache-case.js';

const brief = { ttl: '30ms', staleFor: '1m' } as const;

export const staleCases: readonly CacheCase[] = [
  promise('getOrSet gives a stale value out at once while one caller loads it anew', async ({ cache }) => {
    assert.equal(await cache.getOrSet('key', async () => 'old', brief), 'old');
    let loads = 0;
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const load = async () => {
      loads += 1;
      await finished;
      return 'new';
    };
    const staleFor = { ttl: '1h', staleFor: '1m' } as const;
    await until(async () => {
      assert.equal(await cache.getOrSet('key', load, staleFor), 'old');
      return loads > 0;
    }, 'the value becomes stale');
    assert.deepEqual(
      await Promise.all([cache.getOrSet('key', load, staleFor), cache.getOrSet('key', load, staleFor)]),
      ['old', 'old'],
    );
    finish();
    await until(async () => (await cache.get('key')) === 'new', 'the new value is stored');
    assert.equal(await cache.getOrSet('key', load, staleFor), 'new');
    assert.equal(loads, 1);
  }),
  promise('getOrSet serves the stale value when the loader fails, and tries again', async ({ cache }) => {
    await cache.getOrSet('key', async () => 'old', brief);
    let failures = 0;
    const load = async (): Promise<string> => {
      failures += 1;
      throw new Error('the source is down');
    };
    await until(async () => {
      assert.equal(await cache.getOrSet('key', load, brief), 'old');
      return failures > 1;
    }, 'it is tried again');
    await until(async () => (await cache.getOrSet('key', async () => 'new', brief)) === 'new', 'it is loaded anew');
  }),
  promise('a write while a stale entry is loaded anew wins over what was loaded', async ({ cache }) => {
    await cache.getOrSet('key', async () => 'old', brief);
    let finish: (value: string) => void = () => undefined;
    let isLoading = false;
    const load = () => {
      isLoading = true;
      return new Promise<string>((resolve) => (finish = resolve));
    };
    await until(async () => {
      await cache.getOrSet('key', load, brief);
      return isLoading;
    }, 'it is loaded anew');
    await cache.set('key', 'written', { ttl: '1h' });
    finish('loaded');
    await cache.getOrSet('other', async () => 1);
    assert.equal(await cache.getOrSet('key', async () => 'again', { ttl: '1h', staleFor: '1m' }), 'written');
  }),
  promise('getOrSet remembers for negativeTtl that there is nothing', async ({ cache }) => {
    const options = { ttl: '1h', negativeTtl: '30ms' } as const;
    await cache.getOrSet('something', async () => 1, options);
    assert.equal(await cache.getOrSet('nothing', async () => null, options), null);
    await until(async () => !(await cache.exists('nothing')), 'the null expires');
    assert.equal(await cache.getOrSet('nothing', async () => 'there', options), 'there');
    assert.equal(await cache.exists('something'), true);
    assert.equal(await cache.getOrSet('never kept', async () => null, { ttl: '1h', negativeTtl: '0ms' }), null);
    assert.equal(await cache.exists('never kept'), false);
  }),
  promise('getOrSet takes times as long as one can write', async ({ cache }) => {
    const longest = '999999999999d';
    for (const [key, ttl] of Object.entries({ brief: '20ms', long: '1h', longest } as const)) {
      const options = { ttl, staleFor: longest, negativeTtl: longest, timeout: longest } as const;
      assert.equal(await cache.getOrSet(key, async () => 'first', options), 'first');
      if (key !== 'brief') assert.equal(await cache.getOrSet(key, () => Promise.reject(new Error()), options), 'first');
      assert.equal(await cache.getOrSet(`no ${key}`, async () => null, options), null);
    }
    const brief = { ttl: '20ms', staleFor: longest } as const;
    await until(async () => (await cache.getOrSet('brief', async () => 'second', brief)) === 'second', 'it is stale');
  }),
  promise('getOrSet refuses what it could not keep: undefined, and options without a ttl', async ({ cache }) => {
    const load = async () => 1;
    await assertFails(
      cache.getOrSet('key', async () => undefined),
      'SERIALIZATION',
      'undefined',
    );
    await assertFails(cache.getOrSet('key', load, { staleFor: '1m' }), 'OPERATION', 'staleFor needs a ttl');
    await assertFails(cache.getOrSet('key', load, { jitter: 0.1 }), 'OPERATION', 'jitter needs a ttl');
    await assertFails(cache.getOrSet('key', load, { ttl: '1m', jitter: 1 }), 'OPERATION', 'below 1');
    assert.equal(await cache.exists('key'), false);
    assert.equal(await cache.getOrSet('key', load, { ttl: '1m', staleFor: '1m', jitter: 0.5 }), 1);
  }),
];
