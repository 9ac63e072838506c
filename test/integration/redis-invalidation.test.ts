import { describe, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { LeasedStore } from '../../src/cache/load/leased-store.js';
import { GivenRedis } from '../../src/cache/redis/given-redis.js';
import { RedisStore } from '../../src/cache/redis/redis-store.js';
import { closersAfterEach } from '../support/closers.js';
import { startCluster } from './redis-cluster.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const value = Buffer.from('1');
const timeoutMs = 20_000;

describeWithRedis()('an invalidation of a tag of many entries', () => {
  const closers = closersAfterEach();

  /** `after` runs whenever the store has been answered. */
  function storeOn(client: Redis | Cluster, after = async () => {}): LeasedStore {
    const given = new GivenRedis('c', client, timeoutMs);
    const terms = { name: 'c', description: 'c', prefix: 'c:', defaultTtlMs: undefined, slides: false };
    const link: ConstructorParameters<typeof RedisStore>[0]['link'] = {
      credentialUsers: [],
      close: () => given.close(),
      run: async (work) => {
        const result = await given.run(work);
        await after();
        return result;
      },
    };
    return new LeasedStore(new RedisStore({ ...terms, isCluster: client.isCluster, link }));
  }

  async function clientOf(kind: string): Promise<Redis | Cluster> {
    const start = async () => {
      if (kind === 'a server') return closers.use(await RedisServer.start()).client();
      const { ports } = await startCluster((closable) => closers.use(closable));
      return new Cluster([{ host: '127.0.0.1', port: ports[0]! }]);
    };
    const client = await start();
    closers.push(async () => client.disconnect());
    return client;
  }

  const entriesOf = (count: number) => new Map(Array.from({ length: count }, (_, index) => [`key ${index}`, value]));
  const sizeOf = (client: Redis | Cluster) => client.zcard('tag:{c:}t');

  describe.each(['a server', 'a cluster'])('of %s', (kind) => {
    it('removes a thousand at a time, and others are answered in between', async () => {
      const client = await clientOf(kind);
      await storeOn(client).setMany(entriesOf(2_500), { tags: ['t'] });
      const left: number[] = [];
      const store = storeOn(client, async () => void left.push(await sizeOf(client)));
      await store.invalidateTags(['t']);
      expect(left).toEqual([1_500, 500, 0]);
      await store.invalidateTags(['t']);
      expect(left).toHaveLength(4);
      expect(await store.stats()).toMatchObject({ entries: 0, deletes: 2_500 });
    });

    it('leaves what is written meanwhile, which goes with the next', async () => {
      const client = await clientOf(kind);
      const other = storeOn(client);
      await other.setMany(entriesOf(2_500), { tags: ['t'] });
      // Of those that were there, the first are removed by then and the last is not.
      const written = [...entriesOf(5).keys(), 'key 999', 'new'];
      let turns = 0;
      const store = storeOn(client, async () => {
        turns += 1;
        if (turns === 1) await other.setMany(new Map(written.map((key) => [key, value])), { tags: ['t'] });
      });
      await store.invalidateTags(['t']);
      const all = [...entriesOf(2_500).keys(), 'new'];
      expect([...(await other.getMany(all)).keys()].toSorted()).toEqual(written.toSorted());
      await other.invalidateTags(['t']);
      expect([(await other.getMany(all)).size, await sizeOf(client)]).toEqual([0, 0]);
    });

    it('can be done again when it failed half way', async () => {
      const client = await clientOf(kind);
      const other = storeOn(client);
      await other.setMany(entriesOf(2_500), { tags: ['t'] });
      const store = storeOn(client, async () => {
        if ((await sizeOf(client)) === 500) throw new Error('lost');
      });
      await expect(store.invalidateTags(['t'])).rejects.toMatchObject({ code: 'CONNECTION', retryable: true });
      expect((await other.getMany([...entriesOf(2_500).keys()])).size).toBe(500);
      await other.invalidateTags(['t']);
      expect(await other.stats()).toMatchObject({ entries: 0, deletes: 500 });
    });

    it('wins over all loads that it found under way, however many', async () => {
      const client = await clientOf(kind);
      const other = storeOn(client);
      const keys = Array.from({ length: 1_200 }, (_, index) => `load ${index}`);
      const tokens: string[] = [];
      for (const key of keys) {
        const answer = await other.lease(key, { waitMs: 0, tags: ['t'] });
        tokens.push((answer as { token: string }).token);
      }
      const settle = (index: number) => other.settle(keys[index]!, tokens[index], { value, terms: { tags: ['t'] } });
      const settled: boolean[] = [];
      const store = storeOn(client, async () => {
        if (settled.length > 0) return;
        settled.push(false);
        await other.extendLease(keys[1]!, tokens[1]!);
        settled.push(await settle(0), await settle(1_199));
      });
      await store.invalidateTags(['t']);
      // The first lock was not gone yet, the last one was.
      expect(settled.slice(1)).toEqual([true, false]);
      expect(await settle(1)).toBe(false);
      expect((await other.getMany(keys)).size).toBe(0);
    });
  });
});
