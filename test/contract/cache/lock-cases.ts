import assert from 'node:assert/strict';
import { assertFails, type CacheCase, promise, until } from './cache-case.js';

export const lockCases: readonly CacheCase[] = [
  promise('a lock has one holder, until it is released by that one', async ({ cache }) => {
    const lock = await cache.lock('one holder', { ttl: '30s' });
    assert.ok(lock);
    assert.equal(lock.key, 'one holder');
    assert.equal(await cache.lock('one holder', { ttl: '30s' }), null);
    const other = await cache.lock('another lock', { ttl: '30s' });
    assert.ok(other);
    assert.equal(await other.release(), true);
    assert.equal(await lock.release(), true);
    assert.equal(await lock.release(), false);
    const next = await cache.lock('one holder', { ttl: '30s' });
    assert.ok(next);
    assert.notEqual(next.token, lock.token);
    assert.equal(await lock.release(), false);
    assert.equal(await lock.extend('1m'), false);
    assert.equal(await cache.lock('one holder', { ttl: '30s' }), null);
    await next.release();
  }),
  promise('fences grow from lock to lock', async ({ cache }) => {
    let last = 0;
    for (const key of ['fence a', 'fence b', 'fence a', 'fence a']) {
      const lock = await cache.lock(key, { ttl: '30s' });
      assert.ok(lock && lock.fence > last, `${lock?.fence} after ${last}`);
      last = lock.fence;
      await lock.release();
    }
  }),
  promise('a lock whose holder says nothing more is free after its ttl', async ({ cache }) => {
    const lost = await cache.lock('lost', { ttl: '40ms' });
    assert.ok(lost);
    const next = await cache.lock('lost', { ttl: '30s', wait: '10s' });
    assert.ok(next && next.fence > lost.fence);
    assert.deepEqual([await lost.extend('1s'), await lost.release()], [false, false]);
    assert.equal(await next.release(), true);
  }),
  promise('a lock that is extended is held for longer', async ({ cache }) => {
    const lock = await cache.lock('extended', { ttl: '100ms' });
    assert.ok(lock);
    assert.equal(await lock.extend('30s'), true);
    const marker = await cache.lock('marker', { ttl: '150ms' });
    assert.ok(marker);
    await until(async () => !(await marker.extend('1ms')), 'the marker runs out');
    assert.equal(await cache.lock('extended', { ttl: '1s' }), null);
    assert.equal(await lock.release(), true);
  }),
  promise('who waits for a lock gets it when it is released, or null after the wait', async ({ cache }) => {
    const lock = await cache.lock('awaited', { ttl: '30s' });
    assert.ok(lock);
    assert.equal(await cache.lock('awaited', { ttl: '30s', wait: '20ms' }), null);
    const waiting = cache.lock('awaited', { ttl: '30s', wait: '10s' });
    await lock.release();
    const next = await waiting;
    assert.ok(next);
    await next.release();
  }),
  promise('a lock is released at the end of its block', async ({ cache }) => {
    {
      await using lock = await cache.lock('block', { ttl: '30s' });
      assert.ok(lock);
    }
    const next = await cache.lock('block', { ttl: '30s' });
    assert.ok(next);
    await next.release();
  }),
  promise('of many who count under a lock none is lost', async ({ cache }) => {
    const count = async () => {
      await using lock = await cache.lock('counting', { ttl: '30s', wait: '20s' });
      assert.ok(lock);
      await cache.set('counted', ((await cache.get<number>('counted')) ?? 0) + 1);
    };
    await Promise.all(Array.from({ length: 20 }, count));
    assert.equal(await cache.get('counted'), 20);
  }),
  promise('locks are apart from entries: neither sees, clears or replaces the other', async ({ cache }) => {
    const lock = await cache.lock('apart', { ttl: '30s' });
    assert.ok(lock);
    assert.equal(await cache.get('apart'), undefined);
    await cache.set('apart', 1);
    await cache.flush();
    assert.equal(await cache.get('apart'), undefined);
    assert.equal(await cache.lock('apart', { ttl: '30s' }), null);
    assert.equal(await lock.release(), true);
  }),
  promise('a lock without a ttl, or of an empty key, is refused', async ({ cache }) => {
    await assertFails(cache.lock('key', { ttl: '0ms' }), 'OPERATION', 'needs a ttl above 0');
    await assertFails(cache.lock('', { ttl: '1s' }), 'OPERATION', 'the key is empty');
  }),
];
