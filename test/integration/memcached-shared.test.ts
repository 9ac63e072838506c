import { expect, it } from '@jest/globals';
import { leaseLock } from '../../src/cache/load/lease-lock.js';
import { MemcachedServer } from '../../src/cache/memcached/memcached-server.js';
import { MemcachedStore } from '../../src/cache/memcached/memcached-store.js';
import { describeWithMemcached, MemcachedProcess } from './memcached-process.js';
import { closersAfterEach } from '../support/closers.js';

const text = (value: string) => Buffer.from(value);
const shown = (value: Uint8Array | undefined) => value && String(value);

/** What several who share a cache see; each store stands for a process of its own, with connections of its own. */
describeWithMemcached()('a cache on memcached that many share', () => {
  const closers = closersAfterEach();

  async function started(): Promise<MemcachedProcess> {
    const server = await MemcachedProcess.start();
    closers.push(() => server.kill());
    return server;
  }

  function opened(
    processes: readonly MemcachedProcess[],
    options: { readonly prefix?: string; readonly slides?: boolean; readonly timeoutMs?: number } = {},
  ): MemcachedStore {
    const { prefix = 'shared:', slides = false, timeoutMs = 5_000 } = options;
    const servers = processes.map(
      ({ port }) =>
        new MemcachedServer({
          name: 'shared',
          address: { host: '127.0.0.1', port },
          credential: undefined,
          timeoutMs,
          failsFast: false,
          logger: undefined,
        }),
    );
    return closers.use(
      new MemcachedStore({
        name: 'shared',
        description: 'shared',
        prefix,
        defaultTtlMs: undefined,
        secret: undefined,
        slides,
        timeoutMs,
        servers,
      }),
    );
  }

  it('loses no count and lets one win, whoever asks', async () => {
    const server = await started();
    const stores = Array.from({ length: 5 }, () => opened([server]));
    const everybody = <T>(work: (store: MemcachedStore, turn: number) => Promise<T>) =>
      Promise.all(stores.flatMap((store) => Array.from({ length: 20 }, (_, turn) => work(store, turn))));
    const sums = await everybody((store) => store.increment('count', 1));
    expect(new Set(sums).size).toBe(100);
    expect(Math.max(...sums)).toBe(100);
    const wins = await everybody((store, turn) => store.setIfAbsent('first', text(String(turn))));
    expect(wins.filter(Boolean)).toHaveLength(1);
    const befores = await everybody((store, turn) => store.getAndSet('swapped', text(String(turn))));
    expect(befores.filter((before) => before === undefined)).toHaveLength(1);
    const locks = await everybody((store) => store.lock('job', 60_000));
    expect(locks.filter(Boolean)).toHaveLength(1);
    const deletes = await everybody((store) => store.delete('first'));
    expect(deletes.filter(Boolean)).toHaveLength(1);
  });

  it('has one holder of a lock at a time among many, with fences in the order of the holders', async () => {
    const server = await started();
    const stores = Array.from({ length: 4 }, () => opened([server]));
    const fences: number[] = [];
    let holders = 0;
    await Promise.all(
      stores.map(async (store) => {
        for (let taken = 0; taken < 15;) {
          const lock = await store.lock('job', 60_000);
          if (!lock) continue;
          holders += 1;
          expect(holders).toBe(1);
          fences.push(lock.fence);
          await store.get('anything');
          holders -= 1;
          expect(await store.extendLock('job', lock.token, 60_000)).toBe(true);
          expect(await store.unlock('job', lock.token)).toBe(true);
          taken += 1;
        }
      }),
    );
    expect(fences).toHaveLength(60);
    expect(fences).toEqual(fences.toSorted((a, b) => a - b));
    expect(new Set(fences).size).toBe(60);
  });

  it('is cleared for everybody at once, its namespaces apart, and not for caches of another prefix', async () => {
    const server = await started();
    const [one, two, other] = [opened([server]), opened([server]), opened([server], { prefix: 'shared:x' })];
    for (const store of [one, other])
      await store.setMany(
        new Map(['a', 'users', 'users:1', 'users:1:name', 'user:1', 'xusers:1'].map((key) => [key, text(key)])),
      );
    await two.clear('users');
    expect([...(await one.getMany(['a', 'users', 'users:1', 'users:1:name', 'user:1', 'xusers:1'])).keys()]).toEqual([
      'a',
      'users',
      'user:1',
      'xusers:1',
    ]);
    await two.clear();
    expect((await one.getMany(['a', 'users', 'user:1', 'xusers:1'])).size).toBe(0);
    expect((await other.getMany(['a', 'users', 'users:1', 'xusers:1'])).size).toBe(4);
    expect(await one.setIfAbsent('a', text('again'))).toBe(true);
    expect(shown(await two.get('a'))).toBe('again');
  });

  it('forgets what has a tag that anybody invalidates, until it is written again', async () => {
    const server = await started();
    const [one, two] = [opened([server]), opened([server])];
    await one.set('page', text('1'), { tags: ['user 1', 'ü'] });
    await one.setMany(new Map([['list', text('2')]]), { tags: ['user 1'] });
    expect(await one.setIfAbsent('other', text('3'), { tags: ['ü'], ttlMs: 60_000 })).toBe(true);
    await one.set('plain', text('4'));
    await two.invalidateTags(['user 1', 'never used']);
    expect([...(await one.getMany(['page', 'list', 'other', 'plain'])).keys()]).toEqual(['other', 'plain']);
    expect(await one.exists('page')).toBe(false);
    await one.set('page', text('again'), { tags: ['user 1'] });
    expect(shown(await two.get('page'))).toBe('again');
    expect(await two.increment('other', 1)).toBe(4);
    await two.invalidateTags(['ü']);
    expect(await one.get('other')).toBeUndefined();
    await two.invalidateTags([]);
    expect(shown(await one.get('plain'))).toBe('4');
  });

  it('ends the lease of who loads an entry when anybody deletes it', async () => {
    const server = await started();
    const [one, two] = [opened([server]), opened([server])];
    const lease = await one.lock(leaseLock('key'), 60_000);
    expect(await two.delete('key')).toBe(false);
    expect(await one.extendLock(leaseLock('key'), lease!.token, 60_000)).toBe(false);
  });

  it('gives an entry its own ttl anew with each read where ttls slide, but not with exists', async () => {
    const server = await started();
    const sliding = opened([server], { slides: true });
    await sliding.set('forever', text('1'));
    // On a machine that stood still for too long between two reads, once more.
    for (let longestGapMs = Infinity; longestGapMs > 400;) {
      const entries = new Map(['read', 'looked at'].map((key) => [key, text('1')]));
      await sliding.setMany(entries, { ttlMs: 500, tags: ['t'] });
      longestGapMs = 0;
      for (let readAt = performance.now(); await sliding.exists('looked at'); readAt = performance.now()) {
        await sliding.getMany(['read', 'forever', 'missing']);
        longestGapMs = Math.max(longestGapMs, performance.now() - readAt);
      }
    }
    const found = await sliding.find('read');
    expect(found?.leftMs).toBeLessThanOrEqual(500);
    await sliding.invalidateTags(['t']);
    expect(await sliding.get('read')).toBeUndefined();
    expect((await sliding.find('forever'))?.leftMs).toBe(Infinity);
  });

  it('spreads over its servers, in whatever order they are named, and clears and counts them all', async () => {
    const servers = [await started(), await started(), await started()];
    const [one, two] = [opened(servers), opened(servers.toReversed())];
    const entries = new Map(Array.from({ length: 100 }, (_, index) => [`ns:${index}`, text(String(index))]));
    await one.setMany(entries, { tags: ['all'] });
    expect([...(await two.getMany([...entries.keys(), 'missing']))].map(([key, value]) => [key, shown(value)])).toEqual(
      [...entries].map(([key, value]) => [key, shown(value)]),
    );
    for (const { port } of servers) {
      const alone = opened(servers.filter((server) => server.port === port));
      expect((await alone.getMany([...entries.keys()])).size).toBeGreaterThan(10);
    }
    expect((await one.stats()).entries).toBeGreaterThanOrEqual(100);
    expect(await two.deleteMany(['ns:1', 'ns:2', 'missing'])).toBe(2);
    await two.invalidateTags(['all']);
    expect((await one.getMany([...entries.keys()])).size).toBe(0);
    await one.setMany(entries);
    await two.clear('ns');
    expect((await one.getMany([...entries.keys()])).size).toBe(0);
    const fences = await Promise.all(['a', 'b', 'c', 'd'].map((key) => one.lock(key, 60_000)));
    expect(new Set(fences.map((lock) => lock?.fence)).size).toBe(4);
  });

  it('goes on with the keys of the other servers when one is away', async () => {
    const servers = [await started(), await started()];
    const cache = opened(servers, { timeoutMs: 300 });
    const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`);
    for (const key of keys) await cache.set(key, text(key));
    await servers[0]!.kill();
    const outcomes = await Promise.all(
      keys.map((key) => cache.get(key).catch((error: { code: string }) => error.code)),
    );
    const codes = outcomes.filter((outcome) => typeof outcome === 'string');
    expect(new Set(codes)).toEqual(new Set(['CONNECTION']));
    expect(codes.length).toBeLessThan(keys.length);
    await expect(cache.clear()).rejects.toMatchObject({ code: 'CONNECTION' });
  });
});
