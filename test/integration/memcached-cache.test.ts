import { expect, it } from '@jest/globals';
import { type CacheOptions, type CacheStore, openCacheStore } from '../../src/cache/index.js';
import { MemcachedConnection } from '../../src/cache/memcached/memcached-connection.js';
import { MemcachedPlaces } from '../../src/cache/memcached/memcached-places.js';
import { deleteItem, getItem, memcachedStatus } from '../../src/cache/memcached/memcached-request.js';
import { describeWithMemcached, MemcachedProcess } from './memcached-process.js';
import { TcpProxy } from './tcp-proxy.js';
import { closersAfterEach } from '../support/closers.js';

const text = (value: string) => Buffer.from(value);
const shown = (value: Uint8Array | undefined) => value && String(value);
const dayMs = 24 * 60 * 60 * 1000;

describeWithMemcached()('a cache on memcached', () => {
  const closers = closersAfterEach();

  async function started(options: readonly string[] = []): Promise<MemcachedProcess> {
    const server = await MemcachedProcess.start(options);
    closers.push(() => server.kill());
    return server;
  }

  async function opened(options: Omit<CacheOptions, 'name'>): Promise<CacheStore> {
    return closers.use(await openCacheStore({ name: 'sessions', ...options }));
  }

  it('says that a write may have been done when its reply was lost, and tries nothing twice', async () => {
    const server = await started();
    const proxy = closers.use(await TcpProxy.inFrontOf(server.url));
    const cache = await opened({ url: proxy.urlFor(server.url) });
    proxy.loseAnswerTo('to be lost');
    await expect(cache.setIfAbsent('key', text('to be lost'))).rejects.toMatchObject({
      code: 'CONNECTION',
      retryable: false,
      message: expect.stringContaining('"key": the connection to memcached was lost; it may have been done'),
    });
    expect(shown(await cache.get('key'))).toBe('to be lost');
  });

  it('refuses a value larger than an item with FULL, keeps the old one, and writes none of several', async () => {
    const server = await started();
    const cache = await opened({ url: server.url });
    const tooLarge = Buffer.alloc(1024 ** 2, 'x');
    await cache.set('key', text('old'), { ttlMs: 60_000 });
    const failures = [
      () => cache.set('key', tooLarge),
      () => cache.getAndSet('key', tooLarge),
      () => cache.setIfAbsent('new', tooLarge),
      () => cache.set('key', Buffer.alloc(20 * 1024 ** 2)),
      () =>
        cache.setMany(
          new Map([
            ...Array.from({ length: 1_500 }, (_, index) => [`key ${index}`, text('new')] as const),
            ['key', text('changed')],
            ['new', text('changed')],
            ['large', tooLarge],
          ]),
        ),
    ];
    for (const work of failures)
      await expect(work()).rejects.toMatchObject({
        code: 'FULL',
        message: expect.stringContaining("cache 'sessions'"),
      });
    expect(
      [...(await cache.getMany(['key', 'key 0', 'new', 'large']))].map(([key, value]) => [key, shown(value)]),
    ).toEqual([['key', 'old']]);
    const large = Buffer.alloc(1024 ** 2 - 1_000, 'y');
    await cache.set('key', large);
    await cache.set('another', large);
    expect((await cache.get('key'))?.length).toBe(large.length);
  });

  it('is FULL when the server may give up nothing for it', async () => {
    const server = await started(['-m', '2', '-M']);
    const cache = await opened({ url: server.url });
    const fill = async () => {
      for (let index = 0; index < 1_000; index += 1) await cache.set(`key ${index}`, Buffer.alloc(100_000));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'FULL', message: expect.stringContaining('out of memory') });
  });

  it('keeps a ttl of more than thirty days, which memcached reads as a date, and one beyond all dates', async () => {
    const server = await started();
    const cache = await opened({ url: server.url });
    for (const [key, ttlMs] of [
      ['month', 30 * dayMs],
      ['more', 31 * dayMs],
      ['years', 50 * 365 * dayMs],
      ['ages', Number.MAX_SAFE_INTEGER],
    ] as const) {
      await cache.set(key, text(key), { ttlMs });
      const found = await cache.find(key);
      expect([key, shown(found?.value)]).toEqual([key, key]);
      expect(found!.leftMs).toBeGreaterThan(ttlMs - dayMs);
      // Beyond 2^53 a clock has no odd milliseconds.
      expect(found!.leftMs).toBeLessThanOrEqual(ttlMs + 1);
    }
    expect((await cache.find('month'))!.leftMs).not.toBe(Infinity);
    await cache.set('forever', text('1'));
    expect((await cache.find('forever'))!.leftMs).toBe(Infinity);
  });

  it('lets memcached give the memory of an entry back once its ttl is over', async () => {
    const server = await started();
    const cache = await opened({ url: server.url });
    await cache.set('key', text('1'), { ttlMs: 1 });
    const place = new MemcachedPlaces('pywatt:sessions:').entry('key');
    expect(await server.command(`get ${place}`)).toContain('VALUE');
    const giveUpAt = Date.now() + 20_000;
    while ((await server.command(`get ${place}`)) !== 'END' && Date.now() < giveUpAt)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await server.command(`get ${place}`)).toBe('END');
  });

  it('loses entries, and never finds an old one again, when versions are evicted', async () => {
    const server = await started();
    const cache = await opened({ url: server.url });
    const places = new MemcachedPlaces('pywatt:sessions:');
    for (const place of [places.cache, places.namespace('users'), places.tag('page')]) {
      await cache.set('users:1', text('old'), { tags: ['page'] });
      expect(shown(await cache.get('users:1'))).toBe('old');
      expect(await server.command(`delete ${place}`)).toBe('DELETED');
      expect(await cache.get('users:1')).toBeUndefined();
      await cache.set('users:2', text('new'), { tags: ['page'] });
      expect(await cache.get('users:1')).toBeUndefined();
      expect(await cache.increment('users:1', 5)).toBe(5);
      expect(await cache.delete('users:1')).toBe(true);
    }
  });

  it('starts anew after a flush_all from outside, with fences above all before', async () => {
    const server = await started();
    const cache = await opened({ url: server.url });
    await cache.set('key', text('1'));
    const lock = await cache.lock('job', 60_000);
    expect(await server.command('flush_all')).toBe('OK');
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.unlock('job', lock!.token)).toBe(false);
    await cache.set('key', text('2'));
    expect(shown(await cache.get('key'))).toBe('2');
    const next = await cache.lock('job', 60_000);
    expect(next!.fence).toBeGreaterThan(lock!.fence);
    expect((await cache.lock('other', 60_000))!.fence).toBeGreaterThan(next!.fence);
  });

  it('changes nothing where memcached cannot tell one version of an item from another', async () => {
    const server = await started(['-C']);
    const cache = await opened({ url: server.url });
    await cache.set('count', text('1'));
    await expect(cache.increment('count', 1)).rejects.toMatchObject({
      code: 'OPERATION',
      message: expect.stringContaining('start it without -C'),
    });
    expect(shown(await cache.get('count'))).toBe('1');
  });

  it('does not take an item for the one it read before a restart', async () => {
    const server = await started();
    const cache = await opened({ url: server.url, timeout: '20s' });
    const places = new MemcachedPlaces('pywatt:sessions:');
    await cache.set('count', text('41'));
    const connection = await MemcachedConnection.open(
      { host: '127.0.0.1', port: server.port },
      undefined,
      20_000,
      () => undefined,
    );
    const [before] = await connection.exchange([getItem(places.entry('count'))]);
    connection.close();
    const next = await MemcachedConnection.open(
      { host: '127.0.0.1', port: server.port },
      undefined,
      20_000,
      () => undefined,
    );
    closers.push(async () => next.close());
    const [reply] = await next.exchange([deleteItem(places.entry('count'), before!.cas)]);
    expect(reply!.status).toBe(memcachedStatus.exists);
    expect(shown(await cache.get('count'))).toBe('41');
  });

  it('takes what is no entry for none', async () => {
    const server = await started();
    const cache = await opened({ url: server.url });
    const place = new MemcachedPlaces('pywatt:sessions:').entry('key');
    await cache.ping();
    expect(await server.command(`set ${place} 0 0 7\r\ngarbage`)).toBe('STORED');
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.setIfAbsent('key', text('1'))).toBe(true);
    expect(shown(await cache.get('key'))).toBe('1');
  });
});
