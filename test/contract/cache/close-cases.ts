import { assertFails, type CacheCase, promise } from './cache-case.js';

export const closeCases: readonly CacheCase[] = [
  promise('after close, which may be called twice, every call fails with CLOSED', async ({ cache, small, sliding }) => {
    await Promise.all([cache.close(), small.close(), sliding.close()]);
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
