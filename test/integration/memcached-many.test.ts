import { expect, it } from '@jest/globals';
import { openCacheStore } from '../../src/cache/index.js';
import { closersAfterEach } from '../support/closers.js';
import { describeWithMemcached, MemcachedProcess } from './memcached-process.js';

describeWithMemcached()('many entries of a memcached at once', () => {
  const closers = closersAfterEach();

  it('may take longer than the timeout, because some are asked for at a time', async () => {
    const server = await MemcachedProcess.start(['-m', '256']);
    closers.push(() => server.kill());
    const cache = closers.use(await openCacheStore({ name: 'many', url: server.url, timeout: '500ms' }));
    const keys = Array.from({ length: 30_000 }, (_, index) => `key ${index}`);
    await cache.setMany(new Map(keys.map((key) => [key, Buffer.from(key)])));
    const found = await cache.getMany(keys);
    expect([found.size, String(found.get('key 29999'))]).toEqual([30_000, 'key 29999']);
    expect(await cache.deleteMany(keys)).toBe(30_000);
    expect(await cache.stats()).toMatchObject({ sets: 30_000, hits: 30_000, deletes: 30_000 });
  });
});
