import { describe } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { TestDirectory } from '../../../src/testing/test-directory.js';
import type { CacheOptions } from '../../../src/cache/index.js';
import { describeWithMemcached, MemcachedProcess } from '../../integration/memcached-process.js';
import { describeWithRedis, RedisServer } from '../../integration/redis-server.js';
import { type CacheAbility, smallCacheBytes } from './cache-case.js';

/** What a backend cannot do, by the limit behind it. */
export type CacheInabilities = Readonly<
  Partial<Record<CacheAbility, { readonly why: string; /** An address of this backend. */ readonly url: string }>>
>;

export interface OpenedBackend {
  readonly cache: CacheOptions;
  readonly small: CacheOptions;
  readonly sliding: CacheOptions;
  close(): Promise<unknown>;
}

/** One kind of cache that the contract runs on. */
export interface CacheBackend {
  readonly backend: string;
  readonly describe: typeof describe | typeof describe.skip;
  readonly cannot: CacheInabilities;
  readonly start: () => Promise<OpenedBackend>;
}

const small = `policy=lru&max=${smallCacheBytes}`;

export const cacheBackends: readonly CacheBackend[] = [
  {
    backend: 'memory',
    describe,
    cannot: {},
    start: async () => ({
      cache: { name: 'default', url: 'memory:' },
      small: { name: 'small', url: `memory:?${small}` },
      sliding: { name: 'sliding', url: 'memory:?sliding=true' },
      close: async () => undefined,
    }),
  },
  {
    backend: 'files',
    describe,
    cannot: {},
    start: async () => {
      const directory = await TestDirectory.create();
      return {
        cache: { name: 'default', url: `file:${directory.path}` },
        small: { name: 'small', url: `file:${directory.path}?${small}` },
        sliding: { name: 'sliding', url: `file:${directory.path}?sliding=true` },
        close: () => directory.remove(),
      };
    },
  },
  {
    backend: 'Redis',
    describe: describeWithRedis(),
    cannot: {
      bound: { why: 'the server decides what gives way (maxmemory, maxmemory-policy)', url: 'redis://localhost' },
      retagging: {
        why: 'a write without tags is one SET, which knows nothing of the sets of tags',
        url: 'redis://localhost',
      },
    },
    start: async () => {
      // Its own, because it counts expirations for all who use it.
      const server = await RedisServer.start();
      const prefix = `contract:${randomUUID()}:`;
      return {
        cache: { name: 'default', url: `${server.url}?prefix=${prefix}default:` },
        small: { name: 'small', url: `${server.url}?prefix=${prefix}small:` },
        sliding: { name: 'sliding', url: `${server.url}?prefix=${prefix}sliding:`, sliding: true },
        close: () => server.close(),
      };
    },
  },
  {
    backend: 'memcached',
    describe: describeWithMemcached(),
    cannot: {
      bound: { why: 'the server decides what gives way (-m, -M)', url: 'memcached://localhost' },
      measure: {
        why: 'memcached lists no keys: it counts entries and bytes of the whole server, and what is cleared or invalidated is made dead by a version, unseen',
        url: 'memcached://localhost',
      },
    },
    start: async () => {
      const server = await MemcachedProcess.start();
      return {
        cache: { name: 'default', url: server.url },
        small: { name: 'small', url: server.url },
        sliding: { name: 'sliding', url: server.url, sliding: true },
        close: () => server.kill(),
      };
    },
  },
];
