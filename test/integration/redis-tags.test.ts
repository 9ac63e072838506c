import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type CacheOptions, type LeasingStore, openCacheStore } from '../../src/cache/index.js';
import { startCluster } from './redis-cluster.js';
import { describeWithRedis, RedisServer } from './redis-server.js';
import { closersAfterEach } from '../support/closers.js';

const value = Buffer.from('1');

describeWithRedis()('on Redis', () => {
  const closers = closersAfterEach();

  async function opened(options: Omit<CacheOptions, 'name'>): Promise<LeasingStore> {
    // None of these is about deadlines, and some ask for thousands of entries at once.
    return closers.use(await openCacheStore({ name: 'c', timeout: '20s', ...options }));
  }

  async function onServer(sliding = false, settings: string[] = []): Promise<{ cache: LeasingStore; client: Redis }> {
    const server = await RedisServer.start(settings);
    const client = server.client();
    closers.push(
      () => server.close(),
      async () => client.disconnect(),
    );
    return { cache: await opened({ url: server.url, sliding }), client };
  }

  async function onCluster(sliding = false): Promise<{ cache: LeasingStore; clients: readonly Redis[] }> {
    const { ports, clients } = await startCluster((closable) => closers.use(closable));
    return { cache: await opened({ url: `redis-cluster://127.0.0.1:${ports[0]}`, sliding }), clients };
  }

  /** How large the set of a tag is after many of its loads have failed. */
  async function failedLoads(cache: LeasingStore, clients: readonly Redis[]): Promise<number> {
    for (let index = 0; index < 300; index += 1) {
      const answer = await cache.lease(`load ${index}`, { waitMs: 0, tags: ['t'] });
      await cache.settle(`load ${index}`, (answer as { token: string }).token);
    }
    const sizes = clients.map((client) => client.zcard('tag:{pywatt:c:}t').catch(() => 0));
    return Math.max(...(await Promise.all(sizes)));
  }

  async function keysOf(...clients: readonly Redis[]): Promise<string[]> {
    return (await Promise.all(clients.map((client) => client.keys('*')))).flat().toSorted();
  }

  describe('the set of a tag', () => {
    it('lives as long as the longest of its entries, and goes with the tag or the cache', async () => {
      const { cache, client } = await onServer();
      await cache.set('a', value, { ttlMs: 60_000, tags: ['t'] });
      await cache.set('b', value, { ttlMs: 1_000, tags: ['t'] });
      expect(await client.pttl('tag:{pywatt:c:}t')).toBeGreaterThan(50_000);
      await cache.set('c', value, { tags: ['t', 'u'] });
      await cache.set('a', value, { ttlMs: 60_000, tags: ['t'] });
      expect(await client.pttl('tag:{pywatt:c:}t')).toBe(-1);
      await cache.invalidateTags(['t']);
      expect(await keysOf(client)).toEqual(['tag:{pywatt:c:}u']);
      await cache.clear();
      expect(await keysOf(client)).toEqual([]);
    });

    it('does not grow with entries that are deleted, evicted or expired', async () => {
      const { cache, client } = await onServer();
      for (let index = 0; index < 500; index += 1) {
        await cache.set(`key ${index}`, value, { tags: ['t'] });
        await cache.delete(`key ${index}`);
      }
      expect(await client.zcard('tag:{pywatt:c:}t')).toBeLessThan(50);
    });

    it('does not keep the leases of what was loaded', async () => {
      const { cache, client } = await onServer();
      for (const key of ['a', 'b']) {
        const answer = await cache.lease(key, { waitMs: 0, tags: ['t'] });
        expect(await client.zcard('tag:{pywatt:c:}t')).toBe(key === 'a' ? 1 : 2);
        await cache.settle(key, (answer as { token: string }).token, { value, terms: { tags: ['t'] } });
      }
      expect(await client.zrange('tag:{pywatt:c:}t', 0, -1)).toEqual(['pywatt:c:a', 'pywatt:c:b']);
    });

    it('does not grow with loads that fail', async () => {
      const { cache, client } = await onServer();
      await cache.set('stays', value, { tags: ['t'] });
      expect(await failedLoads(cache, [client])).toBeLessThan(50);
    });

    it('has what is written together when the server has lost its scripts, too', async () => {
      const { cache, client } = await onServer();
      await cache.setMany(new Map([['a', value]]), { tags: ['t'] });
      await client.script('FLUSH');
      await cache.setMany(new Map([...'abc'].map((key) => [key, value])), { tags: ['t'] });
      expect((await cache.getMany(['a', 'b', 'c'])).size).toBe(3);
      await cache.invalidateTags(['t']);
      expect(await keysOf(client)).toEqual([]);
    });

    it('keeps every entry that lives', async () => {
      const { cache } = await onServer();
      for (let index = 0; index < 200; index += 1) {
        await cache.set(`key ${index}`, value, { tags: ['t'] });
        if (index % 2 === 0) await cache.delete(`key ${index}`);
      }
      await cache.invalidateTags(['t']);
      expect(await cache.stats()).toMatchObject({ entries: 0, deletes: 200 });
    });

    it('still has an entry that was written again without its tags, as the contract says of Redis', async () => {
      const { cache } = await onServer();
      await cache.setMany(
        new Map([
          ['plain', value],
          ['other', value],
        ]),
        { tags: ['old'] },
      );
      await cache.set('plain', value);
      await cache.set('other', value, { tags: ['new'] });
      await cache.invalidateTags(['old']);
      expect(await cache.stats()).toMatchObject({ entries: 0, deletes: 2 });
      await cache.invalidateTags(['new']);
      expect(await cache.stats()).toMatchObject({ deletes: 2 });
    });
  });

  it('a write with tags is FULL where the server may give up nothing for it, and leaves no entry without them', async () => {
    const { cache } = await onServer(false, ['maxmemory 3mb', 'maxmemory-policy noeviction']);
    const fill = async () => {
      for (let index = 0; index < 100; index += 1)
        await cache.set(`key ${index}`, Buffer.alloc(100_000), { tags: [`tag ${index}`, 'all'] });
    };
    await expect(fill()).rejects.toMatchObject({ code: 'FULL' });
    await cache.invalidateTags(['all']);
    expect(await cache.stats()).toMatchObject({ entries: 0 });
  });

  it('an entry whose ttl slides has a companion, which goes with it', async () => {
    const { cache, client } = await onServer(true);
    for (const key of ['plain', '{a}b', 'a}b', '{', '{}']) await cache.set(key, value, { ttlMs: 60_000, tags: ['t'] });
    const beside = (await keysOf(client)).filter((key) => key.startsWith('ttl'));
    expect(beside).toHaveLength(5);
    for (const key of beside) expect(await client.pttl(key)).toBeGreaterThan(50_000);
    expect(await client.get('pywatt:c:plain')).toBe('1');
    expect(await cache.stats()).toMatchObject({ entries: 5 });
    await cache.set('plain', value);
    expect((await keysOf(client)).filter((key) => key.startsWith('ttl'))).toHaveLength(4);
    await cache.clear();
    expect(await keysOf(client)).toEqual([]);
  });

  describe('in a cluster', () => {
    it('tags reach entries on every node, and their sets do not grow', async () => {
      const { cache, clients } = await onCluster();
      const entries = new Map(Array.from({ length: 100 }, (_, index) => [`key ${index}`, value]));
      await cache.setMany(entries, { tags: ['t', 'u'] });
      expect(await cache.setIfAbsent('key 1', value, { tags: ['v'] })).toBe(false);
      expect(await cache.setIfAbsent('absent', value, { tags: ['t'], ttlMs: 60_000 })).toBe(true);
      await cache.set('gone', value, { tags: ['t'], ttlMs: 0 });
      await cache.set('other', value, { tags: ['v'] });
      for (let index = 0; index < 100; index += 1) {
        await cache.set(`deleted ${index}`, value, { tags: ['v'] });
        await cache.delete(`deleted ${index}`);
      }
      const sizes = clients.map((client) => client.zcard('tag:{pywatt:c:}v').catch(() => 0));
      expect(Math.max(...(await Promise.all(sizes)))).toBeLessThan(40);
      expect(await failedLoads(cache, clients)).toBeLessThan(200);
      await cache.invalidateTags(['t']);
      expect(await cache.stats()).toMatchObject({ entries: 1, deletes: 201 });
      await cache.invalidateTags(['u', 'v']);
      expect(await keysOf(...clients)).toEqual(['fence:{pywatt:c:}']);
    });

    it('ttls slide, and what cannot be kept in one slot is refused', async () => {
      const { cache } = await onCluster(true);
      for (const key of ['plain', '{a}b', 'x{a}b', '{']) {
        await cache.set(key, value, { ttlMs: 60_000 });
        expect((await cache.find(key))!.leftMs).toBeGreaterThan(50_000);
      }
      await expect(cache.set('a}b', value)).rejects.toMatchObject({
        code: 'OPERATION',
        message: expect.stringContaining('"a}b"'),
      });
      for (const work of [() => cache.set('a', value, { tags: ['t'] }), () => cache.invalidateTags(['t'])])
        await expect(work()).rejects.toMatchObject({ code: 'OPERATION', message: expect.stringContaining('no tags') });
      expect(await cache.exists('a')).toBe(false);
    });
  });
});
