import assert from 'node:assert/strict';
import type { Cache } from '../../../src/cache/index.js';
import {
  assertFails,
  boundPromise,
  type CacheCase,
  countedBy,
  promise,
  retaggingPromise,
  until,
} from './cache-case.js';

async function found(cache: Cache, ...keys: string[]): Promise<string[]> {
  return [...(await cache.getMany(keys)).keys()];
}

export const tagCases: readonly CacheCase[] = [
  promise(
    'invalidating a tag removes what was written with it, by whatever method, and nothing else',
    async ({ cache }) => {
      const tags = ['user:7'];
      await cache.set('set', 1, { tags });
      await cache.setString('text', 'x', { tags });
      await cache.setBytes('bytes', new Uint8Array(1), { tags });
      await cache.setMany({ many: 1, more: 2 }, { tags });
      assert.equal(await cache.setIfAbsent('absent', 1, { tags }), true);
      await cache.getOrSet('loaded', async () => 1, { tags });
      await cache.set('other', 1, { tags: ['user:77', 'user'] });
      await cache.set('user:7', 1);
      await cache.invalidateTags(tags);
      const keys = ['set', 'text', 'bytes', 'many', 'more', 'absent', 'loaded', 'other', 'user:7'];
      assert.deepEqual(await found(cache, ...keys), ['other', 'user:7']);
    },
  ),
  promise('an entry with several tags goes with each of them', async ({ cache }) => {
    await cache.set('both', 1, { tags: ['a', 'b', 'a'] });
    await cache.set('first', 1, { tags: ['a'] });
    await cache.set('second', 1, { tags: ['b'] });
    await cache.invalidateTags(['a']);
    assert.deepEqual(await found(cache, 'both', 'first', 'second'), ['second']);
    await cache.set('both', 1, { tags: ['a', 'b'] });
    await cache.invalidateTags([]);
    assert.deepEqual(await found(cache, 'both', 'second'), ['both', 'second']);
    await cache.invalidateTags(['b', 'a', 'unknown', 'b']);
    assert.deepEqual(await found(cache, 'both', 'second'), []);
  }),
  promise('an entry that is written again after an invalidation lives, and goes with the next', async ({ cache }) => {
    await cache.set('key', 1, { tags: ['a'] });
    await cache.invalidateTags(['a']);
    await cache.set('key', 2, { tags: ['a'] });
    assert.equal(await cache.get('key'), 2);
    await cache.invalidateTags(['a']);
    assert.equal(await cache.get('key'), undefined);
  }),
  promise('a counter keeps its tags, and a value that is refused its own', async ({ cache }) => {
    await cache.set('counter', 5, { tags: ['a'] });
    await cache.increment('counter');
    assert.equal(await cache.setIfAbsent('counter', 9, { tags: ['b'] }), false);
    await cache.invalidateTags(['b']);
    assert.equal(await cache.get('counter'), 6);
    await cache.invalidateTags(['a']);
    assert.equal(await cache.exists('counter'), false);
  }),
  retaggingPromise('an entry has the tags of its last write alone', async ({ cache }) => {
    await cache.setMany({ plain: 1, swapped: 1, other: 1, deleted: 1 }, { tags: ['old'] });
    await cache.set('plain', 2);
    await cache.getAndSet('swapped', 2);
    await cache.set('other', 2, { tags: ['new'] });
    await cache.delete('deleted');
    await cache.setIfAbsent('deleted', 2);
    const keys = ['plain', 'swapped', 'other', 'deleted'];
    await cache.invalidateTags(['old']);
    assert.deepEqual(await found(cache, ...keys), keys);
    await cache.invalidateTags(['new']);
    assert.deepEqual(await found(cache, ...keys), ['plain', 'swapped', 'deleted']);
  }),
  promise('an entry that is written while the cache is cleared goes with its tags', async ({ cache }) => {
    for (let round = 0; round < 20; round += 1) {
      const keys = Array.from({ length: 20 }, (_, index) => `${round} ${index}`);
      let isCleared = false;
      const clearing = cache.clear().then(() => (isCleared = true));
      for (const key of keys) if (!isCleared) await cache.set(key, 1, { tags: ['a'], ttl: '1h' });
      await clearing;
      await cache.invalidateTags(['a']);
      assert.deepEqual(await found(cache, ...keys), []);
    }
  }),
  promise('an entry of a longer ttl stays under the tag after those of shorter ones', async ({ cache }) => {
    await cache.set('long', 1, { tags: ['a', 'b'] });
    await cache.set('hour', 1, { tags: ['c'], ttl: '1h' });
    await cache.set('short', 1, { tags: ['a', 'b', 'c'], ttl: '20ms' });
    await until(async () => !(await cache.exists('short')), 'the entry expires');
    await cache.invalidateTags(['a', 'c']);
    assert.deepEqual(await found(cache, 'long', 'hour'), []);
  }),
  promise('any text is a tag, apart from keys and from other caches', async ({ cache, small }) => {
    const tags = [' ', 'a\n\0b', '🏷️', '{x}', '*', 'lock:', '__proto__', 'x'.repeat(5_000)];
    for (const tag of tags) {
      await cache.set(tag, 1, { tags: [tag] });
      await small.set(tag, 1, { tags: [tag] });
    }
    for (const tag of tags) {
      await cache.invalidateTags([tag]);
      assert.equal(await cache.exists(tag), false, tag.slice(0, 10));
      assert.equal(await small.exists(tag), true, tag.slice(0, 10));
    }
  }),
  promise('a clear forgets the tags with the entries', async ({ cache }) => {
    await cache.set('key', 1, { tags: ['a'] });
    await cache.set('ns:key', 1, { tags: ['a'] });
    await cache.clear({ namespace: 'ns' });
    await cache.invalidateTags(['a']);
    assert.deepEqual(await found(cache, 'key', 'ns:key'), []);
    await cache.set('key', 1, { tags: ['a'] });
    await cache.clear();
    await cache.set('key', 1);
    await cache.invalidateTags(['a']);
    assert.equal(await cache.exists('key'), true);
  }),
  promise('tags that cannot be meant are refused before anything is stored', async ({ cache }) => {
    const many = Array.from({ length: 65 }, (_, index) => `t${index}`);
    for (const [tags, mentioning] of [
      [[''], 'the tag is empty'],
      [['\ud800'], 'well-formed'],
      [[7], 'must be text'],
      ['text', 'a list'],
      [many, 'at most 64'],
    ] as const) {
      await assertFails(cache.set('key', 1, { tags: tags as string[] }), 'OPERATION', mentioning);
      await assertFails(cache.setMany({ key: 1 }, { tags: tags as string[] }), 'OPERATION', mentioning);
      await assertFails(
        cache.getOrSet('key', async () => 1, { tags: tags as string[] }),
        'OPERATION',
        mentioning,
      );
    }
    await assertFails(cache.invalidateTags(['']), 'OPERATION', 'the tag is empty');
    assert.equal(await cache.exists('key'), false);
    await cache.set('key', 1, { tags: many.slice(1) });
    await cache.invalidateTags(['t64']);
    assert.equal(await cache.exists('key'), false);
  }),
  promise('an invalidation while getOrSet loads wins over what was loaded', async ({ cache }) => {
    for (const [tag, isStored] of [
      ['mine', false],
      ['other', true],
    ] as const) {
      const value = await cache.getOrSet(
        tag,
        async () => {
          await cache.invalidateTags([tag]);
          return 'stale';
        },
        { tags: ['mine'] },
      );
      assert.equal(value, 'stale');
      assert.equal(await cache.exists(tag), isStored);
    }
  }),
  boundPromise('tags take room: those of many entries stay within the bound', async ({ small }) => {
    await small.set('plain', 1);
    const { bytes: plain } = await small.stats();
    await small.clear();
    await small.set('plain', 1, { tags: ['a'.repeat(100)] });
    assert.ok((await small.stats()).bytes > plain + 100);
    for (let index = 0; index < 200; index += 1) {
      await small.set(`key ${index}`, 1, { tags: [`tag ${index}`, 'all'] });
      assert.ok((await small.stats()).bytes <= 16 * 1024);
    }
    const { entries } = await small.stats();
    assert.equal((await countedBy(small, () => small.invalidateTags(['all']))).deletes, entries);
    assert.equal((await small.stats()).bytes, 0);
  }),
];
