import assert from 'node:assert/strict';
import type { Cache } from '../../../src/cache/index.js';
import { type CacheCase, countedBy, measurePromise, until } from './cache-case.js';

const entriesOf = async (cache: Cache) => (await cache.stats()).entries;

export const measureCases: readonly CacheCase[] = [
  measurePromise('stats say how many entries there are, each once, whatever is in its key', async ({ cache }) => {
    const keys = ['a', 'with space', 'line\nbreak', 'nul\0inside', 'ключ-鍵-🔑', '__proto__', 'x'.repeat(10_000)];
    for (const key of keys) await cache.set(key, 'old');
    for (const key of keys) await cache.set(key, 'new');
    assert.equal(await entriesOf(cache), keys.length);
    await cache.deleteMany(['a', 'a', 'with space', 'missing']);
    assert.equal(await entriesOf(cache), keys.length - 2);
  }),
  measurePromise('stats say what the entries hold, and nothing when there is none', async ({ cache }) => {
    const { bytes, entries } = await countedBy(cache, () => cache.setMany({ a: 1, 'users:1': 2 }));
    assert.ok(bytes > 0);
    assert.equal(entries, 2);
    await cache.set('key', 'old');
    await cache.set('key', 'new', { ttl: '0ms' });
    const { bytes: freed, deletes } = await countedBy(cache, () => cache.clear());
    assert.deepEqual({ freed, deletes }, { freed: -bytes, deletes: 2 });
    const { bytes: left, entries: none } = await cache.stats();
    assert.deepEqual({ left, none }, { left: 0, none: 0 });
  }),
  measurePromise('clear of a namespace counts its entries alone', async ({ cache }) => {
    await cache.setMany({ users: 1, 'user:1': 2, 'users2:1': 3, 'x:users:1': 4, 'users:1': 5, 'users:': 7 });
    const { deletes, entries } = await countedBy(cache, () => cache.clear({ namespace: 'users' }));
    assert.deepEqual({ deletes, entries }, { deletes: 2, entries: -2 });
  }),
  measurePromise('an entry that has run out is none', async ({ cache }) => {
    await cache.setMany({ short: 1, shorter: 2 }, { ttl: '20ms' });
    await cache.set('stays', 1);
    for (const key of ['short', 'shorter']) await until(async () => !(await cache.exists(key)), `'${key}' expires`);
    assert.equal(await entriesOf(cache), 1);
  }),
  measurePromise('an invalidation counts the entries with its tags, each once', async ({ cache }) => {
    const invalidated = async (...tags: string[]) => (await countedBy(cache, () => cache.invalidateTags(tags))).deletes;
    await cache.setMany({ first: 1, second: 2 }, { tags: ['a'] });
    await cache.set('both', 1, { tags: ['a', 'b'] });
    await cache.set('other', 1, { tags: ['b'] });
    await cache.set('untagged', 1);
    assert.equal(await invalidated('b', 'a', 'unknown', 'b'), 4);
    assert.equal(await invalidated('a', 'b'), 0);
    await cache.set('short', 1, { tags: ['a'], ttl: '20ms' });
    await cache.set('gone', 1, { tags: ['a'], ttl: '0ms' });
    await cache.setMany({ deleted: 1, 'ns:cleared': 1, left: 1 }, { tags: ['a'] });
    await cache.delete('deleted');
    await cache.clear({ namespace: 'ns' });
    await until(async () => !(await cache.exists('short')), 'the entry expires');
    assert.equal(await invalidated('a'), 1);
  }),
];
