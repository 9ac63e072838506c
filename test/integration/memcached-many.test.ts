import { expect, it } from '@jest/globals';
import { openCacheStore } from '../../src/cache/index.js';
import { closersAfterEach } from '../support/closers.js';
import { describeWithMemcached, MemcachedProcess } from './memcached-process.js';
import { TcpProxy } from './tcp-proxy.js';

describeWithMemcached()('many entries of a memcached at once', () => {
  const closers = closersAfterEach();

  it('may take longer than the timeout, because some are asked for at a time', async () => {
    const server = await MemcachedProcess.start(['-m', '256']);
    closers.push(() => server.kill());
    const proxy = await TcpProxy.inFrontOf(server.url);
    closers.push(() => proxy.close());
    proxy.delayMs = 100;
    const timeoutMs = 2_000;
    const url = proxy.urlFor(server.url);
    const cache = closers.use(await openCacheStore({ name: 'many', url, timeout: `${timeoutMs}ms` }));
    const keys = Array.from({ length: 10_000 }, (_, index) => `key ${index}`);
    const from = performance.now();
    await cache.setMany(new Map(keys.map((key) => [key, Buffer.from(key)])));
    expect(performance.now() - from).toBeGreaterThan(timeoutMs);
    const found = await cache.getMany(keys);
    expect([found.size, String(found.get('key 9999'))]).toEqual([10_000, 'key 9999']);
    expect(await cache.deleteMany(keys)).toBe(10_000);
    expect(await cache.stats()).toMatchObject({ sets: 10_000, hits: 10_000, deletes: 10_000 });
  });
});
