import type { Redis } from 'ioredis';
import { type CacheOptions, openCache, type StoreCache } from '../../src/cache/index.js';
import { type Closers, closersAfterEach } from '../support/closers.js';
import type { RedisServer } from './redis-server.js';

export interface RedisCaches {
  readonly closers: Closers;
  /** The cache `sessions`. */
  readonly opened: (options: Omit<CacheOptions, 'name'>) => Promise<StoreCache>;
  /** For looking behind it. */
  readonly clientOf: (server: RedisServer) => Redis;
}

/** What tests of a cache on a Redis open; all of it is closed after each test of the `describe` this is called in. */
export function redisCachesAfterEach(): RedisCaches {
  const closers = closersAfterEach();
  return {
    closers,
    opened: async (options) => closers.use(await openCache({ name: 'sessions', ...options })),
    clientOf: (server) => {
      const client = server.client();
      client.on('error', () => undefined);
      closers.push(() => client.disconnect());
      return client;
    },
  };
}
