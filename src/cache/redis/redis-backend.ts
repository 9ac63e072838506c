import type { CacheSettings } from '../cache-settings.js';
import type { CacheStore } from '../cache-store.js';
import { FailOpenStore } from '../fail-open-store.js';
import { GivenRedis } from './given-redis.js';
import { type IoredisClient, mistakeInClient } from './ioredis-client.js';
import { RedisLink } from './redis-link.js';
import { givenRedisParameters, redisLocation, redisParameters } from './redis-location.js';
import { RedisStore, type RedisStoreOptions } from './redis-store.js';

const defaultTimeoutMs = 2_000;

/** What opens a cache on Redis. Throws CacheError CONFIGURATION for what cannot be meant. Connects when it is first used. */
export function redisBackend(settings: CacheSettings): () => Promise<CacheStore> {
  settings.allow('Redis', redisParameters, true);
  const { name, password, logger } = settings;
  const location = redisLocation(settings);
  return storeOpener(settings, location.description, location.kind === 'cluster', (timeoutMs) => {
    return new RedisLink({ name, location, password, timeoutMs, logger });
  });
}

/** The same on a client of the program. */
export function givenRedisBackend(settings: CacheSettings, client: IoredisClient): () => Promise<CacheStore> {
  const mistake = mistakeInClient(client);
  if (mistake !== undefined) throw settings.mistake(mistake);
  settings.allow('handed in Redis', givenRedisParameters);
  return storeOpener(settings, "the program's ioredis client", client.isCluster, (timeoutMs) => {
    return new GivenRedis(settings.name, client, timeoutMs);
  });
}

function storeOpener(
  settings: CacheSettings,
  description: string,
  isCluster: boolean,
  linkOf: (timeoutMs: number) => RedisStoreOptions['link'],
): () => Promise<CacheStore> {
  const { name, logger, defaultTtlMs } = settings;
  const timeoutMs = settings.durationMs('timeout', 'nothing would ever be found') ?? defaultTimeoutMs;
  const prefix = settings.text('prefix') ?? `pywatt:${name}:`;
  const failsOpen = failsOpenOf(settings);
  return async () => {
    const store = new RedisStore({ name, description, prefix, defaultTtlMs, isCluster, link: linkOf(timeoutMs) });
    return failsOpen ? new FailOpenStore(store, logger) : store;
  };
}

function failsOpenOf(settings: CacheSettings): boolean {
  const policy = settings.text('failure') ?? 'fail-closed';
  if (policy === 'fail-open' || policy === 'fail-closed') return policy === 'fail-open';
  throw settings.mistake(`onFailure is '${policy}'; write fail-open or fail-closed`);
}
