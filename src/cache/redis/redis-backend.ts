import type { CacheSettings } from '../cache-settings.js';
import type { LeasingStore } from '../load/leasing-store.js';
import { serverSettings } from '../server-settings.js';
import { RedisLink } from './redis-link.js';
import { redisLocation, redisParameters } from './redis-location.js';
import { RedisStore } from './redis-store.js';

/** What opens a cache on Redis. Throws CacheError CONFIGURATION for what cannot be meant. Connects when it is first used. */
export function redisBackend(settings: CacheSettings): () => Promise<LeasingStore> {
  settings.allow('Redis', redisParameters, true);
  const { name, password, logger, defaultTtlMs } = settings;
  const location = redisLocation(settings);
  const { timeoutMs, prefix, withPolicy } = serverSettings(settings);
  const { slides } = settings;
  return async () => {
    const store = new RedisStore({
      name,
      description: location.description,
      prefix,
      defaultTtlMs,
      slides,
      isCluster: location.kind === 'cluster',
      link: new RedisLink({ name, location, password, timeoutMs, logger }),
    });
    return withPolicy(store);
  };
}
