export {
  type Cache,
  type CacheEntries,
  type CacheLoadContext,
  type CacheLoadOptions,
  type CacheStats,
  cacheToken,
  type CacheWriteOptions,
  InjectCache,
} from './cache.js';
export { attachCaches, Cached, type CachedOptions } from './cached.js';
export { CacheBroker } from './cache-broker.js';
export type { CacheLock, CacheLockOptions } from './cache-lock.js';
export { CacheError } from './cache-error.js';
export type { CacheStore } from './cache-store.js';
export type { LeasingStore, SharedStore } from './load/leasing-store.js';
export type { CacheOptions, CachePassword, GivenCacheOptions } from './cache-settings.js';
export { type NearGrants, type NearLimits, type NearLimitsInput, parseNearLimits } from './near/near-limits.js';
export { openProxiedStore } from './near/open-proxied-store.js';
export type { IoredisClient } from './redis/ioredis-client.js';
export { checkCacheOptions, openCache, openCacheStore } from './open-cache.js';
export type { SourceCopyOptions } from './patterns/source-copy.js';
export { WriteBehind, type WriteBehindOptions } from './patterns/write-behind.js';
export { WriteThrough, type WriteThroughOptions } from './patterns/write-through.js';
export { ProxiedCacheStore } from './proxied-cache-store.js';
export { StoreCache } from './store-cache.js';
