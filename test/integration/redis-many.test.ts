import { expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type CacheOptions, CacheBroker, openCacheStore, openProxiedStore } from '../../src/cache/index.js';
import { closersAfterEach } from '../support/closers.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { startCluster } from './redis-cluster.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const value = Buffer.from('x');

describeWithRedis()('many entries of a Redis at once', () => {
  const closers = closersAfterEach();

  const opened = async (options: Omit<CacheOptions, 'name'>) =>
    closers.use(await openCacheStore({ name: 'c', prefix: 'c:', ...options }));

  async function onServer(sliding = false) {
    const server = closers.use(await RedisServer.start());
    const client = server.client();
    closers.push(() => client.disconnect());
    return { store: await opened({ url: server.url, sliding }), client };
  }

  async function scriptsOf(client: Redis): Promise<number> {
    const told = (await client.info('commandstats')).matchAll(/cmdstat_(?:eval|evalsha):calls=(\d+)/g);
    return Array.from(told, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
  }

  it('are one command for a module with a near cache, which keeps them', async () => {
    const { store, client } = await onServer();
    const near = { modules: new Map([['m', { maxBytes: 1024 ** 2, maxEntries: 1_000 }]]), mayOutlive: false };
    const broker = new CacheBroker(() => store, silentLogger, new Map([['c', near]]));
    const connection = await broker.open({ moduleId: 'm', name: 'c', config: {}, typedValues: true });
    const cache = closers.use(openProxiedStore('c', connection));
    const keys = Array.from({ length: 100 }, (_, index) => `key ${index}`);
    await store.setMany(new Map(keys.map((key) => [key, value])));
    const before = await scriptsOf(client);
    expect([...(await cache.getMany([...keys, 'missing'])).keys()]).toEqual(keys);
    expect(await scriptsOf(client)).toBe(before + 1);
    const { hits } = await store.stats();
    expect((await cache.getMany(keys)).size).toBe(100);
    expect((await store.stats()).hits).toBe(hits);
  });

  it('are found with the rest of their time, more than one command takes', async () => {
    const { store, client } = await onServer();
    const keys = Array.from({ length: 1_200 }, (_, index) => `key ${index}`);
    await store.setMany(new Map(keys.map((key) => [key, value])));
    await store.set('key 600', value, { ttlMs: 60_000 });
    await client.del('c:key 800', 'c:key 700');
    await client.lpush('c:key 700', 'x');
    const found = await store.findMany([...keys, 'missing']);
    expect([...found.keys()]).toEqual(keys.filter((key) => key !== 'key 700' && key !== 'key 800'));
    expect(found.get('key 599')).toEqual({ value, leftMs: Infinity });
    expect(found.get('key 600')!.leftMs).toBeGreaterThan(50_000);
    expect(found.get('key 600')!.leftMs).toBeLessThanOrEqual(60_000);
    expect(await store.stats()).toMatchObject({ hits: 1_198, misses: 3 });
  });

  it('leave out what is no string where ttls slide', async () => {
    const { store, client } = await onServer(true);
    await store.setMany(new Map([...'ab'].map((key) => [key, value])), { ttlMs: 60_000 });
    await client.lpush('c:list', 'x');
    expect([...(await store.getMany(['a', 'list', 'b'])).keys()]).toEqual(['a', 'b']);
    expect([...(await store.findMany(['a', 'list', 'b'])).keys()]).toEqual(['a', 'b']);
  });

  it('leave out what is no string in a cluster', async () => {
    const { ports, clients } = await startCluster((closable) => closers.use(closable));
    const store = await opened({ url: `redis-cluster://127.0.0.1:${ports[0]}` });
    await store.setMany(new Map([...'abc'].map((key) => [key, value])));
    const outcomes = await Promise.allSettled(clients.map((client) => client.lpush('c:list', 'x')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect([...(await store.getMany(['a', 'list', 'b', 'c'])).keys()]).toEqual(['a', 'b', 'c']);
    expect([...(await store.findMany(['a', 'list', 'b', 'c'])).keys()]).toEqual(['a', 'b', 'c']);
  });

  /** How often the server was given a command. */
  async function callsOf(client: Redis, command: string): Promise<number> {
    const [, calls] = new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await client.info('commandstats')) ?? [];
    return Number(calls ?? 0);
  }

  it('are asked for a thousand at a time, so that each part has the timeout of an operation', async () => {
    const { store, client } = await onServer();
    const keys = Array.from({ length: 2_500 }, (_, index) => `key ${index}`);
    await store.setMany(new Map(keys.map((key) => [key, value])));
    expect([...(await store.getMany(keys)).keys()]).toEqual(keys);
    expect(await store.deleteMany([...keys, 'missing'])).toBe(2_500);
    expect(await Promise.all(['multi', 'mget', 'unlink'].map((command) => callsOf(client, command)))).toEqual([
      3, 3, 6,
    ]);
    // By their bytes, too.
    await store.setMany(new Map([...'abcdef'].map((key) => [key, Buffer.alloc(1_500_000)])));
    expect(await callsOf(client, 'multi')).toBe(6);
    expect(await client.dbsize()).toBe(6);
  });

  it('are all refused when the last of them is too large', async () => {
    const server = closers.use(await RedisServer.start(['proto-max-bulk-len 1mb']));
    const store = await opened({ url: server.url });
    const entries = new Map<string, Buffer>(Array.from({ length: 1_500 }, (_, index) => [`key ${index}`, value]));
    entries.set('large', Buffer.alloc(2 * 1024 ** 2));
    await expect(store.setMany(entries)).rejects.toMatchObject({ code: 'FULL' });
    expect(await store.stats()).toMatchObject({ entries: 0, sets: 0 });
  });
});
