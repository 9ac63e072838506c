import { expect, it } from '@jest/globals';
import { type CacheError, openCacheStore } from '../../src/cache/index.js';
import { closersAfterEach } from '../support/closers.js';
import { describeWithMemcached, MemcachedProcess } from './memcached-process.js';
import { until } from './orchestrator-fixture.js';

describeWithMemcached()('a cache on a memcached that hangs', () => {
  const closers = closersAfterEach();

  it('asks it by few operations, and by all as soon as it answers', async () => {
    const server = await MemcachedProcess.start();
    closers.push(() => server.kill());
    const cache = closers.use(await openCacheStore({ name: 'sessions', url: server.url, timeout: '150ms' }));
    const isSet = () =>
      cache.set('key', Buffer.from('1')).then(
        () => true,
        () => false,
      );
    await until(isSet, 'it is set, however slow the machine is');
    server.signal('SIGSTOP');
    const failures: CacheError[] = [];
    const read = () => cache.get('key').catch((error: CacheError) => void failures.push(error));
    for (let reads = 0; reads < 6; reads += 1) await read();
    expect(failures.at(-1)).toMatchObject({ code: 'CONNECTION', retryable: true, cause: failures.at(-2) });
    expect(failures.at(-1)!.message).toContain('is not asked: it failed 5 times in a row');
    server.signal('SIGCONT');
    await until(async () => String(await cache.get('key').catch(() => '')) === '1', 'it answers again');
  });
});
