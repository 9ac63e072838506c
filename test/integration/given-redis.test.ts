import { expect, it } from '@jest/globals';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { bootModule, type Cache, InjectCache, Module } from '../../src/index.js';
import { checkCacheOptions, type GivenCacheOptions, openCache } from '../../src/cache/index.js';
import { Deferred } from '../../src/foundation/index.js';
import { startOrchestrator } from '../../src/orchestrator/index.js';
import { fixture, startWith } from './orchestrator-fixture.js';
import { startCluster } from './redis-cluster.js';
import { describeWithRedis, RedisServer } from './redis-server.js';
import { closersAfterEach } from '../support/closers.js';

@Module({ id: 'given' })
class GivenModule {
  constructor(@InjectCache('sessions') readonly cache: Cache) {}
}

describeWithRedis()('a cache on a client of ioredis that the program hands in', () => {
  const closers = closersAfterEach();

  async function started(): Promise<RedisServer> {
    return closers.use(await RedisServer.start());
  }

  function clientOf(server: RedisServer, options: RedisOptions = {}): Redis {
    const client = new Redis({ port: server.port, host: '127.0.0.1', ...options });
    client.on('error', () => undefined);
    closers.push(async () => client.disconnect());
    return client;
  }

  const opened = (options: GivenCacheOptions) => openCache({ name: 'sessions', ...options });

  it('works beside what the program does with it, and leaves it open', async () => {
    const redis = clientOf(await started());
    const cache = await opened({ redis, defaultTtl: '1m' });
    await cache.set('user:1', { name: 'Ada' });
    expect(await redis.get('pywatt:sessions:user:1')).toBe('{"name":"Ada"}');
    expect(await cache.increment('count', 2)).toBe(2);
    await cache.close();
    await expect(cache.get('user:1')).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await redis.ping()).toBe('PONG');
  });

  it('keeps to the prefix that the client puts before all keys', async () => {
    const server = await started();
    const redis = clientOf(server, { keyPrefix: 'ключ*:' });
    const plain = clientOf(server);
    const cache = await opened({ redis, prefix: 'mine:' });
    await plain.mset('mine:a', 'theirs', 'ключ!:mine:a', 'theirs', 'ключ*:a', 'theirs');
    await cache.setMany({ a: 1, 'ns:b': 2 });
    expect(await plain.get('ключ*:mine:a')).toBe('1');
    await cache.clear({ namespace: 'ns' });
    const { entries, bytes } = await cache.stats();
    expect(entries).toBe(1);
    expect(bytes).toBeGreaterThan(0);
    const lock = await cache.lock('lock', { ttl: '10s' });
    expect([await cache.lock('lock', { ttl: '10s' }), await lock!.release()]).toEqual([null, true]);
    await cache.clear();
    expect((await plain.keys('*a')).toSorted()).toEqual(['mine:a', 'ключ!:mine:a', 'ключ*:a']);
  });

  /** Two caches on clients of the same prefix: what one invalidates the other must not store. */
  async function expectInvalidatedLoads(connect: () => Redis | Cluster): Promise<void> {
    const prefix = 'ключ:';
    const [one, two] = [await opened({ redis: connect(), prefix }), await opened({ redis: connect(), prefix })];
    await two.set('entry', 1, { tags: ['t'] });
    const [started, loaded] = [new Deferred<void>(), new Deferred<string>()];
    const load = () => {
      started.resolve();
      return loaded.promise;
    };
    const loading = one.getOrSet('key', load, { tags: ['t'] });
    await started.promise;
    await two.invalidateTags(['t']);
    expect(await two.stats()).toMatchObject({ deletes: 1, entries: 0 });
    loaded.resolve('outdated');
    expect(await loading).toBe('outdated');
    expect(await one.getOrSet('key', async () => 'fresh', { tags: ['t'] })).toBe('fresh');
    await two.invalidateTags(['t']);
    expect(await one.stats()).toMatchObject({ entries: 0 });
  }

  it('ends loads of others with the tags they name, and counts entries alone', async () => {
    const server = await started();
    await expectInvalidatedLoads(() => clientOf(server, { keyPrefix: 'app:' }));
  });

  it('lets its options say whether commands wait for the server, and has a deadline for them all the same', async () => {
    const server = await started();
    const patient = clientOf(server, { retryStrategy: () => 20 });
    const eager = clientOf(server, { enableOfflineQueue: false, retryStrategy: () => 20 });
    const caches = [await opened({ redis: patient, timeout: '200ms' }), await opened({ redis: eager, timeout: '20s' })];
    await caches[0]!.set('key', 1);
    await server.kill();
    await expect(caches[0]!.get('key')).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(caches[1]!.get('key')).rejects.toMatchObject({ code: 'CONNECTION', retryable: true });
    await server.launch();
    const waiting = await opened({ redis: patient, timeout: '20s' });
    expect(await waiting.get('key')).toBeUndefined();
  });

  it.each([true, false])(
    'waits for the first connection of one that lets no command wait (lazy: %s)',
    async (lazyConnect) => {
      const server = await started();
      const eager = { enableOfflineQueue: false, lazyConnect };
      const cache = await opened({ redis: clientOf(server, eager) });
      expect(await Promise.all([cache.set('key', 1), cache.get('key'), cache.get('key')])).toEqual([undefined, 1, 1]);
      await server.kill();
      const away = await opened({ redis: clientOf(server, { ...eager, retryStrategy: () => null }), timeout: '20s' });
      await expect(away.get('key')).rejects.toMatchObject({ code: 'CONNECTION' });
    },
  );

  it('says so when the client only listens to channels', async () => {
    const redis = clientOf(await started());
    await redis.subscribe('news');
    const cache = await opened({ redis });
    await expect(cache.get('key')).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('subscriber mode'),
    });
  });

  it('says so when the program has closed it', async () => {
    const redis = clientOf(await started());
    const cache = await opened({ redis });
    await cache.set('key', 1);
    await redis.quit();
    await expect(cache.get('key')).rejects.toMatchObject({
      code: 'CONNECTION',
      retryable: false,
      message: expect.stringContaining('the ioredis client handed in does not send commands now'),
    });
  });

  it('is missed when it is told to fail open', async () => {
    const server = await started();
    const redis = clientOf(server, { enableOfflineQueue: false });
    redis.disconnect();
    const cache = await opened({ redis, onFailure: 'fail-open' });
    expect(await cache.get('key')).toBeUndefined();
  });

  it.each([true, false])('may be a cluster, connected or not (commands may wait: %s)', async (enableOfflineQueue) => {
    const { ports } = await startCluster((started) => closers.use(started));
    const redis = new Cluster([{ host: '127.0.0.1', port: ports[0]! }], {
      lazyConnect: true,
      enableOfflineQueue,
      redisOptions: { keyPrefix: 'app:' },
    });
    closers.push(async () => redis.disconnect());
    const cache = await opened({ redis });
    await cache.clear();
    await cache.setMany(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key ${index}`, index])));
    expect(await cache.stats()).toMatchObject({ entries: 50 });
    await cache.clear();
    expect(await cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('ends loads of others with the tags they name in a cluster, too', async () => {
    const { ports } = await startCluster((started) => closers.use(started));
    await expectInvalidatedLoads(() => {
      const redis = new Cluster([{ host: '127.0.0.1', port: ports[0]! }], {
        lazyConnect: true,
        redisOptions: { keyPrefix: 'app:' },
      });
      closers.push(async () => redis.disconnect());
      return redis;
    });
  });

  it('is the cache of a module that the program boots with it', async () => {
    const redis = clientOf(await started());
    const options = { environment: 'direct', env: { PYWATT_CACHE_SESSIONS_URL: 'memory:' } } as const;
    const module = await bootModule(GivenModule, { ...options, caches: { sessions: { redis } } });
    await module.get(GivenModule).cache.set('key', 1);
    expect(await redis.get('pywatt:sessions:key')).toBe('1');
    await module.close();
    expect(await redis.ping()).toBe('PONG');
    await expect(bootModule(GivenModule, { ...options, caches: { sesions: { redis } } })).rejects.toMatchObject({
      code: 'OVERRIDE_INVALID',
      message: expect.stringContaining("'sesions' (did you mean 'sessions'?)"),
    });
  });

  it('is a cache that the program serves to the modules of its orchestrator, in the place of a configured one', async () => {
    const redis = clientOf(await started());
    const module = { ...fixture('../mains/reads-and-writes'), restart: 'never' as const };
    const config = {
      modules: {
        one: { ...module, caches: ['default'] },
        two: { ...module, caches: { default: { near: true as const } } },
      },
      caches: { default: { url: 'memory:' } },
    };
    const serve = (options: GivenCacheOptions) => startWith(config, { caches: { default: options } });
    {
      await using app = await serve({ redis, prefix: 'given:' });
      await app.orchestrator.ready;
      await app.request('/one/write?key=a&value=1');
      expect(await (await app.request('/two/read?key=a')).json()).toEqual({ value: '1' });
    }
    expect([await redis.keys('*'), await redis.get('given:a')]).toEqual([['given:a'], '"1"']);
    await expect(serve({ redis: {} as Redis })).rejects.toMatchObject({ code: 'CONFIGURATION' });
    const named = { modules: { one: { ...module, caches: ['sesions'] } } };
    const caches = { sessions: { redis } };
    await expect(startOrchestrator({ ...named, gateway: false }, { caches, control: false })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining("'sesions' is not configured (did you mean 'sessions'?)"),
    });
  });

  it.each<[object, string]>([
    [{ redis: {} }, 'its redis is no client of ioredis 5'],
    [{ redis: new Redis({ lazyConnect: true, stringNumbers: true }) }, 'without stringNumbers'],
    [{ redis: new Redis({ lazyConnect: true }), url: 'redis://localhost' }, 'a url and a client of redis'],
    [{ redis: new Redis({ lazyConnect: true }), max: '1mb' }, "has no setting 'max'"],
  ])('is refused where it cannot be meant (%#)', (options, message) => {
    expect(() => checkCacheOptions({ name: 'c', ...options })).toThrow(message);
  });
});
