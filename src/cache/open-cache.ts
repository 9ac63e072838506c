import { didYouMean } from '../foundation/index.js';
import { type CacheOptions, CacheSettings } from './cache-settings.js';
import { fileBackend } from './file/file-backend.js';
import type { SharedStore } from './load/leasing-store.js';
import { memcachedBackend } from './memcached/memcached-backend.js';
import { memoryBackend } from './memory/memory-backend.js';
import { givenRedisBackend, redisBackend } from './redis/redis-backend.js';
import { StoreCache } from './store-cache.js';

/** Opens a cache for this process. The caller closes it. Rejects with CacheError CONFIGURATION for what cannot be meant. */
export async function openCache(options: CacheOptions): Promise<StoreCache> {
  return new StoreCache(await openCacheStore(options), options.logger);
}

/**
 * As `openCache`, but the bytes beneath it: what a `CacheBroker` serves. Connects when it is first used. The caller
 * closes it.
 */
export async function openCacheStore(options: CacheOptions): Promise<SharedStore> {
  const store = await openerOf(options)();
  options.logger?.debug('cache opened', { cache: store.name, backend: store.description });
  return store;
}

/** Throws CacheError CONFIGURATION for a cache that `openCache` would refuse. Opens nothing. */
export function checkCacheOptions(options: CacheOptions): void {
  openerOf(options);
}

type Backend = (settings: CacheSettings) => () => Promise<SharedStore>;

/** By the scheme of their urls. */
const backends: Readonly<Record<string, Backend>> = {
  memory: memoryBackend,
  file: fileBackend,
  redis: redisBackend,
  rediss: redisBackend,
  'redis-cluster': redisBackend,
  'rediss-cluster': redisBackend,
  'redis-sentinel': redisBackend,
  'rediss-sentinel': redisBackend,
  memcached: memcachedBackend,
};

function openerOf(options: CacheOptions): () => Promise<SharedStore> {
  const settings = new CacheSettings(options);
  if (options.redis) return givenRedisBackend(settings, options.redis);
  const { scheme } = settings;
  if (Object.hasOwn(backends, scheme)) return backends[scheme]!(settings);
  const known = `this version has ${Object.keys(backends)
    .map((name) => `'${name}:'`)
    .join(', ')}`;
  const hint = scheme === '' ? '' : ` '${scheme}:'${didYouMean(scheme, Object.keys(backends))}`;
  throw settings.mistake(`the url names no kind of cache there is${hint}; ${known}`);
}
