import type { CacheSettings } from '../cache-settings.js';
import type { SharedStore } from '../load/leasing-store.js';
import { serverSettings } from '../server-settings.js';
import { memcachedLocation } from './memcached-location.js';
import { MemcachedServer } from './memcached-server.js';
import { MemcachedStore } from './memcached-store.js';

/** What opens a cache on memcached. Throws CacheError CONFIGURATION for what cannot be meant. Connects when it is first used. */
export function memcachedBackend(settings: CacheSettings): () => Promise<SharedStore> {
  settings.allow('memcached', ['ttl', 'timeout', 'failure', 'prefix', 'sliding'], true);
  const { name, logger, defaultTtlMs, slides } = settings;
  const { addresses, credential, description } = memcachedLocation(settings);
  const { timeoutMs, failsFast, prefix, withPolicy } = serverSettings(settings);
  return async () => {
    const servers = addresses.map(
      (address) => new MemcachedServer({ name, address, credential, timeoutMs, failsFast, logger }),
    );
    return withPolicy(
      new MemcachedStore({
        name,
        description,
        prefix,
        defaultTtlMs,
        secret: credential?.secret,
        slides,
        timeoutMs,
        servers,
      }),
    );
  };
}
