import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { openCache, openCacheStore } from '../../src/cache/index.js';
import { readEach } from '../../src/cache/read-each.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

describeWithRedis()('reads of one turn', () => {
  let server: RedisServer;
  let redis: Redis;
  let cache: Awaited<ReturnType<typeof openCache>>;

  beforeEach(async () => {
    server = await RedisServer.start();
    redis = server.client();
    cache = await openCache({ name: 'merged', url: `redis://reader:pass@127.0.0.1:${server.port}/0?prefix=m:` });
    await permit('~* +@all');
    await cache.setMany({ a: 1, b: 2, c: 3 });
    await redis.config('RESETSTAT');
  });
  afterEach(async () => {
    await cache.close();
    redis.disconnect();
    await server.close();
  });

  const permit = (rules: string) => redis.call('ACL', 'SETUSER', 'reader', 'reset', 'on', '>pass', ...rules.split(' '));

  async function calls(): Promise<Record<string, number>> {
    const told = (await redis.info('commandstats')).matchAll(/cmdstat_(get|mget|exists):calls=(\d+)/g);
    return Object.fromEntries(Array.from(told, ([, command, count]) => [command!, Number(count)]));
  }

  it('are one command, by which each gets its own', async () => {
    expect(await Promise.all(['a', 'b', 'c', 'a'].map((key) => cache.get(key)))).toEqual([1, 2, 3, 1]);
    expect(await calls()).toEqual({ mget: 1 });
    expect(await cache.get('b')).toBe(2);
    expect(await calls()).toEqual({ mget: 1, get: 1 });
  });

  it('are several commands when they are many', async () => {
    const keys = Array.from({ length: 130 }, (_, index) => ['a', 'b', 'c'][index % 3]!);
    expect(await Promise.all(keys.map((key) => cache.get(key)))).toEqual(keys.map((key) => 'abc'.indexOf(key) + 1));
    expect(await calls()).toEqual({ mget: 3 });
  });

  it('see no write that was asked for after them', async () => {
    expect(await Promise.all([cache.get('a'), cache.get('b'), cache.increment('a'), cache.get('a')])).toEqual([
      1, 2, 2, 2,
    ]);
    expect(await Promise.all([cache.get('a'), cache.get('b'), cache.delete('a'), cache.get('a')])).toEqual([
      2,
      2,
      true,
      undefined,
    ]);
    const onceNone = ['x', 'y'].map((key) => cache.get(key));
    expect(await Promise.all([...onceNone, cache.set('x', 1), cache.get('x')])).toEqual([
      undefined,
      undefined,
      undefined,
      1,
    ]);
  });

  it('find nothing where nothing is', async () => {
    expect(await Promise.all(['a', 'x', 'y'].map((key) => cache.get(key)))).toEqual([1, undefined, undefined]);
    expect(await calls()).toEqual({ mget: 1, exists: 1 });
    expect(await cache.stats()).toMatchObject({ hits: 1, misses: 2 });
  });

  it('still fail for what is no string, and for that alone', async () => {
    await redis.lpush('m:list', 'x');
    const outcomes = await Promise.allSettled(['a', 'list', 'x'].map((key) => cache.get(key)));
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: expect.objectContaining({ code: 'OPERATION' }) },
      { status: 'fulfilled', value: undefined },
    ]);
    expect((outcomes[1] as PromiseRejectedResult).reason.message).toContain('key "list"');
  });

  it('are single commands for a user who may do no other', async () => {
    await permit('~* +get +ping');
    expect(await Promise.all(['a', 'b', 'x'].map((key) => cache.get(key)))).toEqual([1, 2, undefined]);
    expect(await calls()).toMatchObject({ get: 3 });
  });

  it('are one command for a module, which reads by itself what is no string', async () => {
    const store = await openCacheStore({
      name: 'merged',
      url: `redis://reader:pass@127.0.0.1:${server.port}/0?prefix=m:`,
    });
    try {
      await redis.lpush('m:list', 'x');
      const [a, list, none, again] = await readEach(store, ['a', 'list', 'x', 'a']);
      expect([String(a), list, none, String(again)]).toEqual(['1', 'apart', undefined, '1']);
      expect(await calls()).toEqual({ mget: 1, exists: 1 });
      // A list is neither.
      expect(await store.stats()).toMatchObject({ hits: 2, misses: 1 });
      expect(await readEach(store, [])).toEqual([]);
      await permit('~* +get +ping');
      await expect(readEach(store, ['a', 'b'])).rejects.toMatchObject({ name: 'CacheError', code: 'OPERATION' });
    } finally {
      await store.close();
    }
  });

  it.each(['sliding=true&ttl=1h', ''])('are answered to a module by whatever reads them (%s)', async (options) => {
    const url = `redis://127.0.0.1:${server.port}/0?prefix=other:&${options}`;
    const store = await openCacheStore({ name: 'other', url });
    try {
      await store.set('a', Buffer.from('1'));
      expect((await readEach(store, ['a', 'x'])).map((value) => value && String(value))).toEqual(['1', undefined]);
    } finally {
      await store.close();
    }
  });

  it('fail with the connection, each of them', async () => {
    server.signal('SIGSTOP');
    const outcomes = Promise.allSettled(['a', 'b'].map((key) => cache.get(key)));
    // In which the command is sent.
    await new Promise(setImmediate);
    await server.kill();
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CONNECTION', retryable: true } });
  });
});
