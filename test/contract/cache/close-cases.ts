import assert from 'node:assert/strict';
import { assertFails, type CacheCase, promise } from './cache-case.js';

export const closeCases: readonly CacheCase[] = [
  promise('answers what was asked before close; after it, also twice, all fails with CLOSED', async (caches) => {
    const { cache, small, sliding } = caches;
    await cache.set('key', 1);
    const asked = Promise.all(['key', 'missing', 'key'].map((key) => cache.get(key)));
    await Promise.all([cache.close(), small.close(), sliding.close()]);
    assert.deepEqual(await asked, [1, undefined, 1]);
    await cache.close();
    const calls: (() => Promise<unknown>)[] = [
      () => cache.get('key'),
      () => cache.set('key', 1),
      () => cache.getMany(['key']),
      () => cache.increment('key'),
      () => cache.clear(),
      () => cache.invalidateTags(['a']),
      () => cache.stats(),
      () => cache.ping(),
    ];
    for (const call of calls) await assertFails(call(), 'CLOSED');
  }),
];
