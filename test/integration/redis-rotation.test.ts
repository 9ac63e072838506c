import { expect, it } from '@jest/globals';
import type { StoreCache } from '../../src/cache/index.js';
import { until } from './orchestrator-fixture.js';
import { startCluster } from './redis-cluster.js';
import { redisCachesAfterEach } from './redis-caches.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const noSignal = new AbortController().signal;
const secret = (name: string, value: string) => ({ secret: name, current: async () => value });
const everything = ['~*', '+@all', 'allchannels'];

/** Servers whose default user needs no password, so that what a refused login is followed by would be answered. */
describeWithRedis()('a rotated password of a cache on Redis', () => {
  const { closers, opened, clientOf } = redisCachesAfterEach();
  const user = (cache: StoreCache, name: string) => cache.credentialUsers.find((each) => each.secret === name)!;

  async function masterWithSentinels(count: number) {
    const master = closers.use(await RedisServer.start());
    const replica = closers.use(await RedisServer.start([`replicaof 127.0.0.1 ${master.port}`]));
    for (const server of [master, replica])
      await clientOf(server).acl('SETUSER', 'app', 'reset', 'on', '>first-master', ...everything);
    const sentinels: RedisServer[] = [];
    for (let index = 0; index < count; index += 1)
      sentinels.push(
        closers.use(
          await RedisServer.startSentinel([
            `sentinel monitor main 127.0.0.1 ${master.port} 1`,
            'sentinel down-after-milliseconds main 500',
            'sentinel failover-timeout main 2000',
          ]),
        ),
      );
    const asks = sentinels.map((sentinel) => clientOf(sentinel));
    for (const ask of asks) await ask.acl('SETUSER', 'asker', 'reset', 'on', '>first-sentinel', '+@all', 'allchannels');
    const inForce = { value: 'first-sentinel' };
    const cache = await opened({
      url: `redis-sentinel://app@${sentinels.map(({ port }) => `127.0.0.1:${port}`).join()}?master=main&sentinelUser=asker`,
      password: secret('MASTER', 'first-master'),
      sentinelPassword: { secret: 'SENTINELS', current: async () => inForce.value },
      timeout: '10s',
    });
    return { master, replica, sentinels, asks, cache, inForce };
  }

  it.each(['redis', 'redis-sentinel', 'redis-cluster'])('is not taken where it is refused: %s', async (scheme) => {
    const { cache, where } = await cacheOn(scheme);
    await cache.set('key', 1);
    await expect(user(cache, 'MASTER').prepare('never-worked', noSignal)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringMatching(/refuses the login of user 'app'; its password is secret 'MASTER'$/),
    });
    expect(await cache.get('key')).toBe(1);
    // Nobody but the old connection, and none that is the default user's.
    const names = String(await where.client('LIST')).match(/name=pywatt:\S+ .* user=\S+/g)!;
    expect(names.map((line) => line.replace(/ .* /, ' '))).toEqual(['name=pywatt:sessions user=app']);
  });

  async function cacheOn(scheme: string) {
    if (scheme === 'redis-sentinel') {
      const { cache, master } = await masterWithSentinels(1);
      return { cache, where: clientOf(master) };
    }
    const servers = scheme === 'redis-cluster' ? await cluster() : [closers.use(await RedisServer.start())];
    const clients = servers.map((server) => ('acl' in server ? server : clientOf(server)));
    for (const client of clients) await client.acl('SETUSER', 'app', 'reset', 'on', '>first-master', ...everything);
    const { port } = clients[0]!.options;
    const cache = await opened({
      url: `${scheme}://app@127.0.0.1:${port}`,
      password: secret('MASTER', 'first-master'),
    });
    return { cache, where: clients[0]! };
  }

  async function cluster() {
    const { clients } = await startCluster((server) => void closers.use(server));
    return clients;
  }

  it('is tried at each node of a cluster', async () => {
    const clients = await cluster();
    for (const client of clients) await client.acl('SETUSER', 'app', 'reset', 'on', '>first-master', ...everything);
    const last = clients[2]!;
    const url = `redis-cluster://app@127.0.0.1:${clients[0]!.options.port}`;
    const cache = await opened({ url, password: secret('MASTER', 'first-master') });
    await cache.set('key', 1);
    for (const client of clients.slice(0, 2)) await client.acl('SETUSER', 'app', '>second-master');
    await expect(user(cache, 'MASTER').prepare('second-master', noSignal)).rejects.toMatchObject({
      message: expect.stringContaining(`127.0.0.1:${last.options.port} refuses the login of user 'app'`),
    });
    await last.acl('SETUSER', 'app', '>second-master');
    const prepared = await user(cache, 'MASTER').prepare('second-master', noSignal);
    prepared.activate();
    await prepared.retire();
    for (const client of clients) await client.acl('SETUSER', 'app', '<first-master');
    expect(await cache.get('key')).toBe(1);
  });

  it('of sentinels is tried at each of them, those that are down left out', async () => {
    const { sentinels, asks, cache } = await masterWithSentinels(3);
    const sentinelUser = user(cache, 'SENTINELS');
    await expect(sentinelUser.prepare('never-worked', noSignal)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringMatching(
        /127.0.0.1:\d+ refuses the login of user 'asker'; its password is secret 'SENTINELS'/,
      ),
    });
    for (const ask of asks.slice(0, 2)) await ask.acl('SETUSER', 'asker', '>second-sentinel');
    await expect(sentinelUser.prepare('second-sentinel', noSignal)).rejects.toMatchObject({
      message: expect.stringContaining(`127.0.0.1:${sentinels[2]!.port} refuses the login of user 'asker'`),
    });
    await sentinels[2]!.kill();
    await sentinelUser.prepare('second-sentinel', noSignal);
    for (const sentinel of sentinels) await sentinel.kill();
    await expect(sentinelUser.prepare('second-sentinel', noSignal)).rejects.toMatchObject({
      code: 'CONNECTION',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('of sentinels is what they are asked with afterwards', async () => {
    const { master, replica, asks, cache, inForce } = await masterWithSentinels(1);
    const [ask] = asks;
    await cache.set('key', 1);
    await until(
      async () => String(await ask!.call('SENTINEL', 'REPLICAS', 'main')).includes(`127.0.0.1:${replica.port}`),
      'the sentinel knows the replica',
    );
    await ask!.acl('SETUSER', 'asker', '>second-sentinel');
    const prepared = await user(cache, 'SENTINELS').prepare('second-sentinel', noSignal);
    prepared.activate();
    inForce.value = 'second-sentinel';
    await prepared.retire();
    await ask!.acl('SETUSER', 'asker', '<first-sentinel');
    await master.kill();
    const isSet = () =>
      cache.set('new', 1).then(
        () => true,
        () => false,
      );
    await until(isSet, 'there is a master again');
    expect(await clientOf(replica).get('pywatt:sessions:new')).toBe('1');
  });

  it('may be that of servers and sentinels in one', async () => {
    const { asks, master, sentinels } = await masterWithSentinels(1);
    const shared = secret('BOTH', 'first-both');
    const cache = await opened({
      url: `redis-sentinel://app@127.0.0.1:${sentinels[0]!.port}?master=main&sentinelUser=asker`,
      password: shared,
      sentinelPassword: shared,
    });
    const become = async (password: string) => {
      await asks[0]!.acl('SETUSER', 'asker', 'resetpass', `>${password}`);
      await clientOf(master).acl('SETUSER', 'app', 'resetpass', `>${password}`);
    };
    await become('first-both');
    await cache.set('key', 1);
    // What is logged in stays so.
    await become('second-both');
    const prepared = await Promise.all(cache.credentialUsers.map((each) => each.prepare('second-both', noSignal)));
    for (const each of prepared) each.activate();
    await Promise.all(prepared.map((each) => each.retire()));
    await clientOf(master).client('KILL', 'USER', 'app' as never);
    expect(await cache.get('key')).toBe(1);
  });
});
