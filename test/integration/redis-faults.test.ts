import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type CacheOptions, openCache, type StoreCache } from '../../src/cache/index.js';
import { InjectCache, Module, type Cache } from '@pywatt/sdk';
import { testModule } from '@pywatt/sdk/testing';
import { until } from './orchestrator-fixture.js';
import { describeWithRedis, RedisServer } from './redis-server.js';
import { TcpProxy } from './tcp-proxy.js';
import { closersAfterEach } from '../support/closers.js';

@Module({ id: 'reading' })
class ReadingModule {
  constructor(@InjectCache() readonly cache: Cache) {}
}

const megabyte = 1024 * 1024;

describeWithRedis()('a cache on a Redis that is not what it should be', () => {
  const closers = closersAfterEach();

  async function started(settings: readonly string[] = []): Promise<{ server: RedisServer; client: Redis }> {
    const server = closers.use(await RedisServer.start(settings));
    const client = server.client();
    client.on('error', () => undefined);
    closers.push(async () => client.disconnect());
    return { server, client };
  }

  async function opened(server: RedisServer, options: Partial<CacheOptions> = {}): Promise<StoreCache> {
    return closers.use(await openCache({ name: 'sessions', url: server.url, ...options }));
  }

  it('misses what the server has evicted under its own limit, and counts it', async () => {
    const { server } = await started(['maxmemory 4mb', 'maxmemory-policy allkeys-lru']);
    const cache = await opened(server);
    const { evictions } = await cache.stats();
    const keys = Array.from({ length: 200 }, (_, index) => `key ${index}`);
    for (const key of keys) await cache.setBytes(key, Buffer.alloc(50_000));
    // Looking at them takes memory, too, for which others may have to go.
    await until(async () => {
      const stats = await cache.stats();
      return stats.evictions - evictions + stats.entries === keys.length;
    }, 'each entry is there or was counted');
    const found = await Promise.all(keys.map((key) => cache.getBytes(key)));
    expect(found.filter(Boolean).length).toBeLessThan(keys.length);
    expect(found.some(Boolean)).toBe(true);
  });

  it('is FULL for a value that is larger than the server takes, keeps the old one, and works on', async () => {
    const { server } = await started(['proto-max-bulk-len 1mb']);
    const cache = await opened(server);
    await cache.set('key', 'old');
    for (const size of [megabyte + 1, 30 * megabyte])
      await expect(cache.setBytes('key', Buffer.alloc(size))).rejects.toMatchObject({ code: 'FULL', retryable: false });
    await expect(cache.setMany({ key: 'new', large: 'x'.repeat(2 * megabyte) })).rejects.toMatchObject({
      code: 'FULL',
    });
    expect(await cache.get('key')).toBe('old');
    await cache.setBytes('key', Buffer.alloc(megabyte - 1));
    expect(await cache.getBytes('key')).toHaveLength(megabyte - 1);
  });

  it('is FULL for several entries at once and for loads where the server may give up nothing for them', async () => {
    const { server } = await started(['maxmemory 2mb', 'maxmemory-policy noeviction']);
    const cache = await opened(server);
    const fill = async () => {
      for (let index = 0; index < 100; index += 1) await cache.setBytes(`key ${index}`, Buffer.alloc(100_000));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'FULL' });
    for (const tags of [[], ['t']])
      await expect(cache.setMany({ a: 'x'.repeat(100_000), b: 1 }, { tags })).rejects.toMatchObject({ code: 'FULL' });
    await expect(cache.getOrSet('loaded', async () => 1)).rejects.toMatchObject({
      code: 'FULL',
      message: expect.stringContaining('key "loaded"'),
    });
    const open = await opened(server, { onFailure: 'fail-open' });
    await open.setMany({ a: 'x'.repeat(100_000), b: 1 });
    expect(await open.get('b')).toBeUndefined();
    // Nobody may take the old values for what was written.
    await open.setBytes('key 0', Buffer.alloc(300_000));
    await open.setMany({ 'key 1': 'x'.repeat(300_000), 'key 2': 2 });
    expect((await cache.stats()).entries).toBeGreaterThan(3);
    for (const key of ['key 0', 'key 1']) expect(await cache.exists(key)).toBe(false);
  });

  it.each(['min-replicas-to-write 1', 'replicaof 127.0.0.1 1'])(
    'is away where the server takes no writes now (%s)',
    async (setting) => {
      const { server } = await started([setting]);
      const cache = await opened(server);
      for (const write of [() => cache.set('a', 1), () => cache.setMany({ a: 1 }), () => cache.increment('a')])
        await expect(write()).rejects.toMatchObject({ code: 'CONNECTION', retryable: true });
      const open = await opened(server, { onFailure: 'fail-open' });
      await open.setMany({ a: 1 });
      expect(await open.get('a')).toBeUndefined();
    },
  );

  it('finds the new master behind its address when the old one has become a replica', async () => {
    const [{ server: old, client }, { server: next, client: nextClient }] = [await started(), await started()];
    const proxy = closers.use(await TcpProxy.inFrontOf(old.url));
    const cache = await opened(old, { url: proxy.urlFor(old.url) });
    await cache.set('key', 1);
    proxy.turnTo(next.url);
    await client.replicaof('127.0.0.1', next.port);
    await until(
      () =>
        cache.set('key', 2).then(
          () => true,
          () => false,
        ),
      'it writes again',
    );
    expect(await nextClient.get('pywatt:sessions:key')).toBe('2');
  });

  it.each<[string, (client: Redis, key: string) => Promise<unknown>]>([
    ['a list', (client, key) => client.rpush(key, 'a')],
    ['a hash', (client, key) => client.hset(key, 'a', 'b')],
  ])('says so where %s stands under its key, and can replace or delete it', async (_, put) => {
    const { server, client } = await started();
    const cache = await opened(server);
    const place = 'pywatt:sessions:key';
    await put(client, place);
    const failing = [
      () => cache.get('key'),
      () => cache.getBytes('key'),
      () => cache.getOrSet('key', async () => 1),
      () => cache.getAndSet('key', 1),
      () => cache.increment('key'),
    ];
    for (const operation of failing)
      await expect(operation()).rejects.toMatchObject({
        code: 'OPERATION',
        retryable: false,
        message: expect.stringMatching(/"key".*something else than a string/),
      });
    // To MGET of Redis it is a missing key.
    expect((await cache.getMany(['key'])).size).toBe(0);
    expect([await cache.exists('key'), await cache.setIfAbsent('key', 1)]).toEqual([true, false]);
    expect((await cache.stats()).entries).toBe(1);
    expect(await cache.delete('key')).toBe(true);
    for (const write of [() => cache.set('key', 1), () => cache.setMany({ key: 1 })]) {
      await put(client, place);
      await write();
      expect(await cache.get('key')).toBe(1);
      await cache.clear();
    }
  });

  it('holds no lock whose count or place is something else', async () => {
    const { server, client } = await started();
    const cache = await opened(server);
    await client.rpush('fence:{pywatt:sessions:}', 'a');
    const wrong = { code: 'OPERATION', message: expect.stringContaining('something else than a string') };
    await expect(cache.lock('lock', { ttl: '10s' })).rejects.toMatchObject(wrong);
    expect(await client.exists('lock:{pywatt:sessions:}lock')).toBe(0);
    await client.del('fence:{pywatt:sessions:}');
    const lock = await cache.lock('lock', { ttl: '10s' });
    await client.del('lock:{pywatt:sessions:}lock');
    await client.hset('lock:{pywatt:sessions:}lock', 'a', 'b');
    await expect(lock!.extend('10s')).rejects.toMatchObject(wrong);
    await expect(lock!.release()).rejects.toMatchObject(wrong);
    expect(await cache.lock('lock', { ttl: '10s' })).toBeNull();
  });

  it.each([
    ['', false],
    ['', true],
    ['lock:', false],
  ])('keeps locks and tags apart from entries whose prefix is %j (sliding: %s)', async (prefix, sliding) => {
    const { server } = await started();
    const cache = await opened(server, { prefix, sliding });
    const lock = await cache.lock('lock', { ttl: '1m' });
    await cache.set('key', 1, { ttl: '1m', tags: ['tag'] });
    await cache.set('lock:key', 1, { tags: ['tag'] });
    expect((await cache.stats()).entries).toBe(2);
    await cache.clear({ namespace: 'lock' });
    expect([await cache.exists('key'), await cache.exists('lock:key')]).toEqual([true, false]);
    await cache.clear();
    expect(await cache.stats()).toMatchObject({ entries: 0, deletes: 2 });
    expect(await cache.lock('lock', { ttl: '1m' })).toBeNull();
    expect(await lock!.release()).toBe(true);
  });

  it.each([
    ['', false, ['lock:{pywatt}x', 'fence:{pywatt}', 'tag:{pywatt}x'], ['lock:x', 'tag', 'ttl:x', 'ttl{x']],
    ['', true, ['ttl:{x}', 'ttl{x}', 'lock:{pywatt}x'], ['lock:x', 'ttl']],
    ['lock:', false, ['{lock:}x'], ['lock:{lock:}x', 'x']],
  ])('refuses keys that stand for its locks, tags and ttls (prefix %j, sliding: %s)', async (...args) => {
    const [prefix, sliding, refused, taken] = args;
    const { server } = await started();
    const cache = await opened(server, { prefix, sliding });
    for (const key of refused)
      for (const work of [
        () => cache.get(key),
        () => cache.set(key, 1),
        () => cache.setMany({ other: 1, [key]: 1 }),
        () => cache.getMany(['other', key]),
        () => cache.increment(key),
        () => cache.exists(key),
        () => cache.delete(key),
        () => cache.getOrSet(key, async () => 1),
      ])
        await expect(work()).rejects.toMatchObject({
          code: 'OPERATION',
          message: expect.stringContaining('another prefix'),
        });
    for (const key of taken) {
      await cache.set(key, 1);
      expect(await cache.get(key)).toBe(1);
    }
    expect((await cache.stats()).entries).toBe(taken.length);
  });

  it('gives a lock a larger fence than any before when the server has lost the count of them', async () => {
    const { server, client } = await started();
    const cache = await opened(server);
    const fenceOf = async (key: string) => (await cache.lock(key, { ttl: '10s' }))!.fence;
    const fences = [await fenceOf('one'), await fenceOf('two')];
    await client.del('fence:{pywatt:sessions:}');
    fences.push(await fenceOf('three'));
    await server.kill();
    await server.launch();
    await until(
      () =>
        cache.ping().then(
          () => true,
          () => false,
        ),
      'the server is back',
    );
    fences.push(await fenceOf('one'), await fenceOf('two'));
    expect(fences.toSorted((one, other) => one - other)).toEqual(fences);
    expect(new Set(fences).size).toBe(5);
    expect(fences.every(Number.isSafeInteger)).toBe(true);
  });

  it('takes a ttl as long as one can write, as default, of an entry and of a lock', async () => {
    const { server, client } = await started();
    const cache = await opened(server, { defaultTtl: '999999999999d' });
    const ttl = '999999999999d';
    await cache.set('default', 1);
    await cache.set('own', 1, { ttl });
    await cache.setMany({ many: 1 }, { ttl });
    expect(await cache.increment('count')).toBe(1);
    expect(await cache.setIfAbsent('absent', 1, { ttl })).toBe(true);
    expect(await cache.getAndSet('own', 2)).toBe(1);
    const lock = await cache.lock('lock', { ttl });
    expect([await lock!.extend(ttl), (await cache.stats()).entries]).toEqual([true, 5]);
    expect(await client.pttl('pywatt:sessions:count')).toBeGreaterThan(1e15);
  });

  describe.each(['direct', 'proxied'])('that is down when a module boots, %s', (world) => {
    it.each(['fail-closed', 'fail-open'])('is what %s says, and comes back without a restart', async (policy) => {
      const { server, client } = await started();
      await server.kill();
      const module = testModule(ReadingModule).env({ CACHE_URL: `${server.url}?failure=${policy}&timeout=300ms` });
      await using app = await (world === 'proxied' ? module.proxied() : module).boot();
      const { cache } = app.get(ReadingModule);
      const [reading, counting] = [cache.get('key'), cache.increment('count')];
      await expect(counting).rejects.toMatchObject({ name: 'CacheError', code: 'CONNECTION' });
      if (policy === 'fail-open') expect(await reading).toBeUndefined();
      else await expect(reading).rejects.toMatchObject({ name: 'CacheError', code: 'CONNECTION', retryable: true });
      await server.launch();
      await until(
        () =>
          client.set('pywatt:default:key', '1').then(
            () => true,
            () => false,
          ),
        'the server is back',
      );
      await until(async () => (await cache.get('key').catch(() => undefined)) === 1, 'the module reads it');
      expect(await cache.increment('count')).toBe(1);
    });
  });
});
