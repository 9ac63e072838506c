import { lutimes, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CacheStore, StoreCache } from '../../src/cache/index.js';
import { Deferred } from '../../src/foundation/index.js';
import { FileCacheSite, text, until } from './file-cache-site.js';
import { NodeProcess } from './node-process.js';

describe('a cache in files that many share', () => {
  let site: FileCacheSite;
  beforeEach(async () => {
    site = await FileCacheSite.create();
  });
  afterEach(() => site.close());

  it('loses no increment and lets one at a time into a lock', async () => {
    const children = [
      ...[1, 2, 3].map(() => site.launched('increment', 100)),
      ...[1, 2].map(() => site.launched('lock', 25)),
    ];
    for (const child of children) expect((await child.exited).code).toBe(0);
    const cache = await site.opened();
    expect(String(await cache.get('counter'))).toBe('300');
    expect(String(await cache.get('guarded'))).toBe('50');
    expect(await cache.stats()).toMatchObject({ sets: 350, hits: 2 + 49, entries: 2 });
  }, 60_000);

  it('holds its bound for all of them together, and values are whole', async () => {
    const cache = await site.opened('?max=1mb');
    const other = await site.opened('?max=1mb');
    const child = site.launched('write-forever', 0, '', '?max=1mb');
    await child.match(/writing/);
    for (let round = 0; round < 100; round += 1) {
      await cache.set(`mine ${round % 20}`, new Uint8Array(50_000).fill(round));
      expect((await other.stats()).bytes).toBeLessThanOrEqual(1024 ** 2);
      const value = await other.get(`key ${round % 10}`);
      if (value) expect(value.every((byte) => byte === value[0])).toBe(true);
    }
    child.kill('SIGKILL');
    await child.exited;
    await cache.set('last', text('1'));
    const { bytes, entries } = await cache.stats();
    expect(bytes).toBeLessThanOrEqual(1024 ** 2);
    const values = await cache.getMany(Array.from({ length: 10 }, (_, index) => `key ${index}`));
    for (const value of values.values()) expect(value.every((byte) => byte === value[0])).toBe(true);
    expect((await site.valueFiles()).length - entries).toBeLessThanOrEqual(2);
  }, 60_000);

  it('tells a holder that was stopped past its ttl that the lock is not its own any more', async () => {
    const cache = await site.opened();
    const child = site.launched('hold', 0, null);
    const fence = Number(await child.match(/fence (\d+)/));
    child.kill('SIGSTOP');
    let taken: Awaited<ReturnType<CacheStore['lock']>>;
    await until(async () => (taken = await cache.lock('turn', 60_000)) !== undefined);
    expect(taken!.fence).toBeGreaterThan(fence);
    child.kill('SIGCONT');
    child.write({});
    expect(await child.match(/released (\w+)/)).toBe('false');
    expect(await cache.unlock('turn', taken!.token)).toBe(true);
  }, 60_000);

  it('does not store what was loaded before another process invalidated one of its tags', async () => {
    const cache = new StoreCache(await site.opened());
    const [started, loaded] = [new Deferred<void>(), new Deferred<string>()];
    const load = () => {
      started.resolve();
      return loaded.promise;
    };
    const loading = cache.getOrSet('key', load, { tags: ['tag'] });
    await started.promise;
    expect((await site.launched('invalidate').exited).code).toBe(0);
    loaded.resolve('old');
    expect(await loading).toBe('old');
    expect(await cache.exists('key')).toBe(false);
  }, 60_000);

  it.each(['s3-fifo', 'lru', 'lfu', 'fifo', 'mru'])(
    'agrees on bytes, entries and counters under %s',
    async (policy) => {
      const [max, largest] = [60_000, 3_000];
      const query = `?policy=${policy}&max=${max}&entries=40`;
      const [one, other] = [await site.opened(query), await site.opened(query)];
      for (let round = 0; round < 300; round += 1) {
        const cache = round % 2 ? one : other;
        await cache.set(`key ${(round * 7) % 90}`, new Uint8Array((round * 131) % largest));
        await cache.get(`key ${(round * 11) % 90}`);
        const { bytes, entries } = await cache.stats();
        expect(bytes <= max && entries <= 40).toBe(true);
        if (round > 100) expect(bytes > max - 2 * largest || entries >= 39).toBe(true);
      }
      await Promise.all([one.ping(), other.ping()]);
      const stats = await one.stats();
      expect(await other.stats()).toEqual(stats);
      expect(stats).toMatchObject({ sets: 300, deletes: 0, expirations: 0 });
      expect(stats.hits + stats.misses).toBe(300);
      expect(await site.valueFiles()).toHaveLength(stats.entries);
      expect(await (await site.opened(query)).stats()).toEqual(stats);
    },
  );

  it('refuses with FULL under none what does not fit for all together, and says what is there', async () => {
    const [one, other] = [await site.opened('?policy=none&entries=2'), await site.opened('?policy=none&entries=2')];
    await one.set('a', text('1'));
    await other.set('b', text('2'), { ttlMs: 50 });
    await expect(one.set('c', text('3'))).rejects.toMatchObject({ code: 'FULL', details: { entries: 2 } });
    expect(await site.valueFiles()).toHaveLength(2);
    await until(async () =>
      one.set('c', text('3')).then(
        () => true,
        () => false,
      ),
    );
    expect(await other.stats()).toMatchObject({ sets: 3, expirations: 1, evictions: 0, entries: 2 });
  });

  it('takes the lock of the directory over when it was held for too long', async () => {
    const cache = await site.opened();
    await cache.ping();
    const lock = site.lockPath;
    await symlink(`${process.pid}@${hostname()}@id`, lock);
    const longAgo = new Date(Date.now() - 3_600_000);
    await lutimes(lock, longAgo, longAgo);
    await cache.set('key', text('1'));
    expect(String(await cache.get('key'))).toBe('1');
  });

  it('takes the lock of the directory over from a process that died with it', async () => {
    const cache = await site.opened();
    await cache.ping();
    const dead = new NodeProcess(['-e', '']);
    await dead.exited;
    await symlink(`${dead.pid}@${hostname()}@id`, site.lockPath);
    await cache.set('key', text('1'));
    expect(String(await cache.get('key'))).toBe('1');
  });
});
