export {
  type Cache,
  type CacheEntries,
  type CacheLoadOptions,
  type CacheStats,
  cacheToken,
  type CacheWriteOptions,
  InjectCache,
} from './cache.js';
export { CacheBroker } from './cache-broker.js';
export type { CacheLock, CacheLockOptions } from './cache-lock.js';
export { CacheError } from './cache-error.js';
export type { CacheStore } from './cache-store.js';
export type { CacheOptions, CachePassword, GivenCacheOptions } from './cache-settings.js';
export type { IoredisClient } from './redis/ioredis-client.js';
export { checkCacheOptions, openCache, openCacheStore } from './open-cache.js';
export { ProxiedCacheStore } from './proxied-cache-store.js';
export { StoreCache } from './store-cache.js';
