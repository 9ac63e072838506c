import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { NodeProcess } from './node-process.js';
import { until } from './orchestrator-fixture.js';
import { redisCachesAfterEach } from './redis-caches.js';
import { freePort } from './free-port.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

describeWithRedis()('a cache on the Redis of a deployment', () => {
  const { closers, opened, clientOf } = redisCachesAfterEach();

  it('goes on with the master that the sentinels choose when the old one dies, without a restart', async () => {
    const master = closers.use(await RedisServer.start(['repl-diskless-sync-delay 0']));
    const replica = closers.use(await RedisServer.start([`replicaof 127.0.0.1 ${master.port}`]));
    const sentinel = closers.use(
      await RedisServer.startSentinel([
        `sentinel monitor main 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds main 500',
        'sentinel failover-timeout main 2000',
      ]),
    );
    const absent = await freePort();
    const url = `redis-sentinel://127.0.0.1:${absent},127.0.0.1:${sentinel.port}/2?master=main`;
    const cache = await opened({ url, timeout: '10s' });
    const impatient = await opened({ url, timeout: '200ms' });
    await cache.set('key', 'kept');
    const before = await cache.lock('lock', { ttl: '1ms' });
    const [copy, watcher] = [clientOf(replica), clientOf(sentinel)];
    await copy.select(2);
    await until(async () => (await copy.dbsize()) >= 2, 'the replica has a copy');
    await until(
      async () => String(await watcher.call('SENTINEL', 'REPLICAS', 'main')).includes(`127.0.0.1:${replica.port}`),
      'the sentinel knows the replica',
    );
    await master.kill();
    await expect(impatient.get('key')).rejects.toMatchObject({ code: 'CONNECTION', retryable: true });
    await until(
      () =>
        cache.set('new', 1).then(
          () => true,
          () => false,
        ),
      'there is a master again',
    );
    expect(await copy.get('pywatt:sessions:new')).toBe('1');
    expect(await cache.get('key')).toBe('kept');
    const after = await cache.lock('lock', { ttl: '10s', wait: '10s' });
    expect(after!.fence).toBeGreaterThan(before!.fence);
  });

  it('asks sentinels that are away again in less than a second, however long they are', async () => {
    const url = `redis-sentinel://127.0.0.1:${await freePort()}?master=main`;
    const cache = await opened({ url, timeout: '300ms' });
    const waits: number[] = [];
    for (const beginsAt = Date.now(); Date.now() - beginsAt < 3_000;) {
      const error: unknown = await cache.get('key').catch((caught: unknown) => caught);
      waits.push(Number(/from scratch after (\d+)/.exec(String(error))?.[1]));
    }
    expect(Math.max(...waits)).toBeGreaterThan(200);
    expect(Math.max(...waits)).toBeLessThanOrEqual(500);
  });

  it('lets the process end soon after it was closed while its sentinels are away', async () => {
    const url = `redis-sentinel://127.0.0.1:${await freePort()}?master=main&timeout=1s`;
    await using program = new NodeProcess(['--import', 'tsx', 'test/fixtures/mains/closes-a-cache.ts'], {
      env: { CACHE_URL: url },
    });
    await program.exited;
    const told = JSON.parse(program.stdout.trim().split('\n').at(-1)!) as { answer: string; livedOnMs: number };
    expect(told.answer).toBe('CONNECTION');
    // ioredis would live on for 2 s from its last attempt, of which there are several a second.
    expect(told.livedOnMs).toBeLessThan(1_300);
  });

  it.each([
    ['redis-cluster', /: Failed to refresh slots cache\. ERR .*cluster support disabled/],
    ['rediss', /: it did not answer; see whether that port speaks TLS/],
  ])('says why a %s is none', async (scheme, why) => {
    const server = closers.use(await RedisServer.start());
    const cache = await opened({ url: `${scheme}://127.0.0.1:${server.port}`, timeout: '1s' });
    await expect(cache.get('key')).rejects.toMatchObject({ code: 'CONNECTION', message: expect.stringMatching(why) });
  });

  it('does not take for the reason that it sends nothing that it sends nothing', async () => {
    const silent = createServer((socket) => void socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closers.push(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const cache = await opened({ url: `redis://127.0.0.1:${port}`, timeout: '1s' });
    await expect(cache.get('key')).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.not.stringContaining('enableOfflineQueue'),
    });
  });

  it('says which master the sentinels do not know', async () => {
    const sentinel = closers.use(await RedisServer.startSentinel([]));
    const cache = await opened({ url: `redis-sentinel://127.0.0.1:${sentinel.port}?master=nobody`, timeout: '500ms' });
    await expect(cache.get('key')).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('nobody'),
    });
  });

  it('stays in its database, also when it was connected again', async () => {
    const server = closers.use(await RedisServer.start());
    const [ours, theirs] = [clientOf(server), clientOf(server)];
    await ours.select(3);
    const cache = await opened({ url: `redis://127.0.0.1:${server.port}/3`, timeout: '10s' });
    await cache.set('key', 1);
    await theirs.set('pywatt:sessions:key', 'theirs');
    expect(await ours.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes')).toBeGreaterThan(0);
    await cache.set('key', 2);
    expect(await ours.get('pywatt:sessions:key')).toBe('2');
    await cache.clear();
    expect([await ours.dbsize(), await theirs.get('pywatt:sessions:key')]).toEqual([0, 'theirs']);
  });

  it('uses no other database when its own does not exist', async () => {
    const server = closers.use(await RedisServer.start(['databases 4']));
    const cache = await opened({ url: `redis://127.0.0.1:${server.port}/4`, timeout: '500ms' });
    await expect(cache.set('key', 1)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('DB index is out of range'),
    });
    expect(await clientOf(server).dbsize()).toBe(0);
  });

  it('makes do with a user who may touch its keys only', async () => {
    const keys = '~pywatt:sessions:* ~lock:{pywatt:sessions:}* ~fence:{pywatt:sessions:}';
    const server = closers.use(
      await RedisServer.start([`user app on >hunter2222 ${keys} +@all -@dangerous +info`, 'user default off']),
    );
    const options = { url: `redis://app:hunter2222@127.0.0.1:${server.port}` };
    const cache = await opened(options);
    await cache.setMany({ key: 1, count: 2 });
    expect(await cache.increment('count')).toBe(3);
    await using lock = await cache.lock('lock', { ttl: '10s' });
    expect([lock!.fence, (await cache.stats()).entries]).toEqual([expect.any(Number), 2]);
    await cache.clear();
    expect(await cache.get('key')).toBeUndefined();
    const other = await opened({ ...options, prefix: 'elsewhere:' });
    await expect(other.set('key', 1)).rejects.toMatchObject({
      code: 'OPERATION',
      message: expect.stringContaining('NOPERM'),
    });
  });
});
