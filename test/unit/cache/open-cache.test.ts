import { describe, expect, it } from '@jest/globals';
import { type CacheOptions, openCache } from '../../../src/cache/index.js';

const opened = async (options: Omit<CacheOptions, 'name'>) => {
  await using cache = await openCache({ name: 'sessions', ...options });
  return cache.description;
};

describe('openCache', () => {
  it.each([
    [{ url: 'memory:' }, 'memory (lru, 10mb)'],
    [{ url: 'memory:?policy=lru&max=2mb&ttl=5m' }, 'memory (lru, 2mb, ttl 300s)'],
    [{ url: 'MEMORY:', policy: 'lru', max: 4096, defaultTtl: { seconds: 1 } }, 'memory (lru, 4kb, ttl 1s)'],
    [{ url: 'memory:?max=512kb', defaultTtl: '250ms' }, 'memory (lru, 512kb, ttl 0.25s)'],
  ] as const)('opens %j as %s', async (options, description) => {
    expect(await opened(options)).toBe(description);
  });

  it.each([
    [{ url: 'memory:?polcy=lru' }, "unknown parameter 'polcy' (did you mean 'policy'?); there are policy, max, ttl"],
    [{ url: 'memory:', policy: 'lur' }, "no policy 'lur' (did you mean 'lru'?); this version has lru"],
    [{ url: 'memory:?policy=s3-fifo' }, "no policy 's3-fifo'; this version has lru"],
    [{ url: 'memory:', policy: 'toString' }, "no policy 'toString'"],
    [{ url: 'memory:?max=1mb', max: '2mb' }, 'max is given twice'],
    [{ url: 'memory:?ttl=1m&ttl=2m' }, 'defaultTtl is given twice'],
    [{ url: 'memory:?max=big' }, 'max "big" is not a size'],
    [{ url: 'memory:?max=100b' }, 'max is 100 bytes, but every entry takes 384'],
    [{ url: 'memory:?ttl=soon' }, 'defaultTtl "soon" is not a duration'],
    [{ url: 'memory:?ttl=0s' }, 'defaultTtl is 0'],
    [{ url: 'memory://host' }, 'a memory cache has no address'],
    [{ url: 'redis://user:hunter2@host' }, "'redis:' is not offered yet; this version has 'memory:'"],
    [{ url: 'memry:' }, "'memry:' (did you mean 'memory'?)"],
    [{ url: 'hunter2' }, 'the url names no kind of cache'],
  ])('refuses %j and says what to write', async (options, message) => {
    const failure = await opened(options).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'CacheError',
      code: 'CONFIGURATION',
      message: expect.stringContaining(message),
    });
    expect((failure as Error).message).toContain("cache 'sessions'");
    expect((failure as Error).message).not.toContain('hunter2');
  });

  it('gives entries the default ttl of the url', async () => {
    await using cache = await openCache({ name: 'c', url: 'memory:?ttl=1ms' });
    await cache.set('short', 1);
    await cache.set('long', 1, { ttl: '1h' });
    while (await cache.exists('short')) await new Promise(setImmediate);
    expect(await cache.exists('long')).toBe(true);
  });
});
