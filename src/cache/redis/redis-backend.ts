import type { CacheSettings } from '../cache-settings.js';
import { FailOpenStore } from '../fail-open-store.js';
import { LeasedStore } from '../load/leased-store.js';
import type { LeasingStore } from '../load/leasing-store.js';
import { RedisLink } from './redis-link.js';
import { redisLocation, redisParameters } from './redis-location.js';
import { RedisStore } from './redis-store.js';

const defaultTimeoutMs = 2_000;

/** What opens a cache on Redis. Throws CacheError CONFIGURATION for what cannot be meant. Connects when it is first used. */
export function redisBackend(settings: CacheSettings): () => Promise<LeasingStore> {
  settings.allow('Redis', redisParameters, true);
  const { name, password, logger, defaultTtlMs } = settings;
  const location = redisLocation(settings);
  const timeoutMs = settings.durationMs('timeout', 'nothing would ever be found') ?? defaultTimeoutMs;
  const prefix = settings.text('prefix') ?? `pywatt:${name}:`;
  const { slides } = settings;
  const failsOpen = failsOpenOf(settings);
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
    const leased = new LeasedStore(store);
    return failsOpen ? new FailOpenStore(leased, logger) : leased;
  };
}

function failsOpenOf(settings: CacheSettings): boolean {
  const policy = settings.text('failure') ?? 'fail-closed';
  if (policy === 'fail-open' || policy === 'fail-closed') return policy === 'fail-open';
  throw settings.mistake(`onFailure is '${policy}'; write fail-open or fail-closed`);
}
