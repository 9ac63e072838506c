import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import {
  CacheBroker,
  type CacheOptions,
  type CacheStore,
  openCache,
  openCacheStore,
  openProxiedStore,
} from '../../src/cache/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { startCluster } from './redis-cluster.js';
import { describeWithRedis, RedisServer } from './redis-server.js';
import { closersAfterEach } from '../support/closers.js';

const text = (value: string) => Buffer.from(value);
const noSignal = new AbortController().signal;

describeWithRedis()('a cache on Redis', () => {
  const closers = closersAfterEach();

  async function started(settings: readonly string[] = [], port?: number): Promise<RedisServer> {
    return closers.use(await RedisServer.start(settings, port));
  }

  /** A client beside the cache. */
  function clientOf(
    server: RedisServer,
    login: { readonly username?: string; readonly password?: string } = {},
  ): Redis {
    const client = server.client(login);
    client.on('error', () => undefined);
    closers.push(async () => client.disconnect());
    return client;
  }

  async function opened(options: Omit<CacheOptions, 'name'>): Promise<CacheStore> {
    return closers.use(await openCacheStore({ name: 'sessions', ...options }));
  }

  it('keeps its entries under a prefix of its name, as plain strings that others can read', async () => {
    const server = await started();
    const cache = await opened({ url: server.url });
    await cache.set('user:1', text('Ada'), { ttlMs: 60_000 });
    const client = clientOf(server);
    expect(await client.get('pywatt:sessions:user:1')).toBe('Ada');
    expect(await client.pttl('pywatt:sessions:user:1')).toBeGreaterThan(50_000);
  });

  it('leaves out of many what is no string for a module with a near cache, too, which keeps the others', async () => {
    const server = await started();
    const store = await openCacheStore({ name: 'sessions', url: server.url });
    closers.push(() => store.close());
    const near = { modules: new Map([['m', { maxBytes: 10_000, maxEntries: 10 }]]), mayOutlive: false };
    const broker = new CacheBroker(() => store, silentLogger, new Map([['sessions', near]]));
    const request = { moduleId: 'm', name: 'sessions', config: {}, typedValues: true };
    const cache = closers.use(openProxiedStore('sessions', await broker.open(request)));
    await cache.setMany(new Map(['a', 'b'].map((key) => [key, text(key)])));
    const client = clientOf(server);
    await client.lpush('pywatt:sessions:list', 'x');
    expect([...(await cache.getMany(['a', 'list', 'b', 'x'])).keys()]).toEqual(['a', 'b']);
    expect([...(await cache.getMany(['a', 'b'])).keys()]).toEqual(['a', 'b']);
    expect((await store.stats()).hits).toBe(2);
    expect((await cache.stats()).hits).toBe(4);
  });

  it('clears what is its own and leaves the rest of the server alone, whatever stands in its prefix', async () => {
    const server = await started();
    const client = clientOf(server);
    const prefix = 'a*[b]?\\:';
    const cache = await opened({ url: `${server.url}?prefix=${encodeURIComponent(prefix)}` });
    await client.mset('axb\\:1', 'theirs', 'aXX[b]x\\:1', 'theirs', 'other', 'theirs');
    await cache.setMany(new Map(Array.from({ length: 2_500 }, (_, index) => [`ns:${index}`, text('mine')])));
    await cache.set('nsx:1', text('mine'));
    await cache.clear('ns');
    expect((await cache.stats()).entries).toBe(1);
    await cache.clear();
    expect((await client.keys('*')).toSorted()).toEqual(['aXX[b]x\\:1', 'axb\\:1', 'other']);
  });

  it('keeps apart what has the same key in caches whose names begin alike', async () => {
    const { url } = await started();
    const [one, other] = [await openCache({ name: 'a', url }), await openCache({ name: 'a:b', url })];
    for (const cache of [one, other]) closers.use(cache);
    await other.set('c', 1);
    expect(await one.get('b:c')).toBeUndefined();
    await one.clear();
    expect(await other.get('c')).toBe(1);
  });

  it('says that a write may have been done when its reply was lost', async () => {
    const server = await started();
    const cache = await opened({ url: server.url });
    await cache.ping();
    server.signal('SIGSTOP');
    const failure = cache.increment('counter', 1).catch((error: unknown) => error);
    await new Promise(setImmediate);
    await server.kill();
    expect(await failure).toMatchObject({
      code: 'CONNECTION',
      retryable: false,
      message: expect.stringContaining('it may have been done'),
    });
  });

  it('names the user, never the password, of a login that is refused, and does not wait', async () => {
    const server = await started(['user app on >hunter2222 ~* +@all', 'user default off']);
    const cache = await opened({ url: `redis://app:wrongwrong@127.0.0.1:${server.port}`, timeout: '60s' });
    const failure: unknown = await cache.get('key').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CONNECTION', message: expect.stringContaining("user 'app'") });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure as object))).not.toContain('wrongwrong');
  });

  it('answers with what the server refuses a user to do', async () => {
    const server = await started(['user app on >hunter2222 ~* +@all -set', 'user default off']);
    const cache = await opened({ url: `redis://app:hunter2222@127.0.0.1:${server.port}` });
    await expect(cache.set('key', text('1'))).rejects.toMatchObject({
      code: 'OPERATION',
      message: expect.stringContaining('NOPERM'),
    });
  });

  it('is FULL when the server may give up nothing for it', async () => {
    const server = await started(['maxmemory 2mb', 'maxmemory-policy noeviction']);
    const cache = await opened({ url: server.url });
    const fill = async () => {
      for (let index = 0; index < 100; index += 1) await cache.set(`key ${index}`, Buffer.alloc(100_000));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'FULL' });
  });

  describe('whose password is a secret', () => {
    const user = (password: string) => ['user', 'app', 'on', 'resetpass', `>${password}`, '~*', '+@all'];

    async function withUser(password: string) {
      const server = await started([
        `user app on >${password} ~* +@all`,
        'user admin on >administrator ~* +@all',
        'user default off',
      ]);
      const admin = clientOf(server, { username: 'admin', password: 'administrator' });
      const inForce = { value: password };
      const cache = await opened({
        url: `redis://app@127.0.0.1:${server.port}`,
        timeout: '5s',
        password: { secret: 'CACHE_PASSWORD', current: async () => inForce.value },
      });
      const drop = () => admin.client('KILL', 'USER', 'app' as never);
      return { server, admin, cache, inForce, drop };
    }

    it('is rotated under load without one failure, and the old password is refused afterwards', async () => {
      const { server, admin, cache, drop } = await withUser('first-password');
      let isOver = false;
      let done = 0;
      const load = Array.from({ length: 8 }, async (_, worker) => {
        while (!isOver) {
          await cache.set(`key ${worker}`, text(String(done)));
          await cache.increment('count', 1);
          await cache.get(`key ${worker}`);
          done += 1;
        }
      });
      const workers = Promise.all(load);
      const more = async () => {
        const from = done;
        while (done < from + 50) await Promise.race([workers, new Promise(setImmediate)]);
      };
      await more();
      await admin.acl('SETUSER', ...(user('second-password').slice(1) as [string, ...string[]]));
      await more();
      const prepared = await cache.credentialUsers![0]!.prepare('second-password', noSignal);
      await more();
      prepared.activate();
      await more();
      await prepared.retire();
      await more();
      isOver = true;
      await workers;
      await drop();
      expect(Number(String(await cache.get('count')))).toBe(done);
      await expect(clientOf(server, { username: 'app', password: 'first-password' }).ping()).rejects.toThrow(
        'WRONGPASS',
      );
    });

    it('waits for the rotation when the server knows the new password already', async () => {
      const { admin, cache, drop } = await withUser('first-password');
      await cache.ping();
      await admin.acl('SETUSER', ...(user('second-password').slice(1) as [string, ...string[]]));
      await drop();
      const waiting = cache.set('key', text('1'));
      const prepared = await cache.credentialUsers![0]!.prepare('second-password', noSignal);
      prepared.activate();
      await waiting;
      await prepared.retire();
      expect(String(await cache.get('key'))).toBe('1');
    });

    it('refuses a password that does not work, and goes on with the old one', async () => {
      const { cache } = await withUser('first-password');
      const preparing = cache.credentialUsers![0]!.prepare('never-worked', noSignal);
      await expect(preparing).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringContaining("its password is secret 'CACHE_PASSWORD'"),
      });
      await cache.ping();
    });

    it('returns to the old password when the rotation is abandoned', async () => {
      const { admin, cache, drop } = await withUser('first-password');
      await admin.acl('SETUSER', 'app', '>second-password');
      await cache.ping();
      const prepared = await cache.credentialUsers![0]!.prepare('second-password', noSignal);
      prepared.activate();
      await cache.ping();
      await prepared.abandon();
      await admin.acl('SETUSER', 'app', '<second-password');
      await drop();
      expect(await cache.ping()).toBeUndefined();
    });
  });

  it('spreads over the nodes of a cluster', async () => {
    const { ports, clients } = await startCluster((closable) => closers.use(closable));
    const cache = await opened({ url: `redis-cluster://127.0.0.1:${ports[0]}` });
    const entries = new Map(Array.from({ length: 100 }, (_, index) => [`key ${index}`, text(String(index))]));
    await cache.setMany(entries);
    const found = await cache.getMany([...entries.keys(), 'missing']);
    expect([...found].map(([key, value]) => [key, String(value)])).toEqual(
      [...entries].map(([key, value]) => [key, String(value)]),
    );
    const sizes = await Promise.all(clients.map((client) => client.dbsize()));
    expect(sizes.every((size) => size > 10)).toBe(true);
    expect(await cache.stats()).toMatchObject({ entries: 100, sets: 100 });
    expect(await cache.deleteMany(['key 1', 'key 2', 'missing'])).toBe(2);
    await cache.clear();
    expect(await cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });
});
