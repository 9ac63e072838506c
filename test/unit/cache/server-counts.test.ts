import { expect, it } from '@jest/globals';
import { MemcachedCounts } from '../../../src/cache/memcached/memcached-counts.js';
import { RedisCounts } from '../../../src/cache/redis/redis-counts.js';

it('what a Redis counts is told since it was first asked, or since it was started again', () => {
  const counts = new RedisCounts();
  const told = (evictions: number, expirations: number) =>
    counts.with({ evictions, expirations }, { entries: 0, bytes: 0 });
  expect(told(5, 7)).toMatchObject({ evictions: 0, expirations: 0 });
  expect(told(6, 9)).toMatchObject({ evictions: 1, expirations: 2 });
  expect(told(2, 3)).toMatchObject({ evictions: 2, expirations: 3 });
});

it('what memcached counts is told since it was first asked, or since it was started again', () => {
  const counts = new MemcachedCounts();
  const told = (evictions: number) => counts.with([new Map([['evictions', String(evictions)]])]);
  expect([told(5), told(6), told(2)]).toMatchObject([{ evictions: 0 }, { evictions: 1 }, { evictions: 2 }]);
});
