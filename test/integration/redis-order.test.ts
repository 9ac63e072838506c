import { expect, it } from '@jest/globals';
import { type Cache, InjectCache, Module } from '../../src/index.js';
import { testModule } from '../../src/testing/index.js';
import { closersAfterEach } from '../support/closers.js';
import { pseudoRandom } from '../unit/cache/pseudo-random.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

@Module({ id: 'orders' })
class OrdersModule {
  @InjectCache() readonly cache!: Cache;
}

const keys = ['a', 'b', 'c'];

type Step = (cache: Cache, values: Map<string, number>, key: string, value: number) => [unknown, unknown];

/** What the cache is asked, and what it has to answer: as if each waited for the one before. */
const steps: readonly Step[] = [
  (cache, values, key) => [cache.get(key), values.get(key)],
  (cache, values, key) => [cache.exists(key), values.has(key)],
  (cache, values, key) => [cache.delete(key), values.delete(key)],
  (cache, values) => [cache.getMany(keys), new Map(values)],
  (cache, values, key, value) => [cache.set(key, value), void values.set(key, value)],
  (cache, values, key, value) => [
    cache.setMany({ a: value, [key]: value }),
    void values.set('a', value).set(key, value),
  ],
  (cache, values, key, value) => {
    const previous = values.get(key);
    values.set(key, value);
    return [cache.getAndSet(key, value), previous];
  },
  (cache, values, key, value) => {
    const sum = (values.get(key) ?? 0) + value;
    values.set(key, sum);
    return [cache.increment(key, value), sum];
  },
];

describeWithRedis()('what a Redis is asked in one turn', () => {
  const closers = closersAfterEach();

  it.each([false, true])('is done in the order in which it is asked (proxied: %s)', async (isProxied) => {
    const server = closers.use(await RedisServer.start());
    const plan = testModule(OrdersModule).env({ CACHE_URL: server.url });
    await using app = await (isProxied ? plan.proxied() : plan).boot();
    const { cache } = app.get(OrdersModule);
    const random = pseudoRandom(11);
    const below = (count: number) => Math.floor(random() * count);
    const values = new Map<string, number>();
    for (let turn = 0; turn < 300; turn += 1) {
      const asked = Array.from({ length: 1 + below(8) }, () => {
        // Half of them reads.
        const step = steps[random() < 0.5 ? 0 : below(steps.length)]!;
        return step(cache, values, keys[below(keys.length)]!, below(1_000));
      });
      expect(await Promise.all(asked.map(([answer]) => answer))).toEqual(asked.map(([, expected]) => expected));
    }
  });
});
