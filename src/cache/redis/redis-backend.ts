import type { CacheSettings } from '../cache-settings.js';
import type { SharedStore } from '../load/leasing-store.js';
import { type ServerSettings, serverSettings } from '../server-settings.js';
import { GivenRedis } from './given-redis.js';
import { type IoredisClient, mistakeInClient } from './ioredis-client.js';
import { RedisLink } from './redis-link.js';
import { givenRedisParameters, redisLocation, redisParameters } from './redis-location.js';
import { RedisStore, type RedisStoreOptions } from './redis-store.js';

/** What opens a cache on Redis. Throws CacheError CONFIGURATION for what cannot be meant. Connects when it is first used. */
export function redisBackend(settings: CacheSettings): () => Promise<SharedStore> {
  if (settings.text('sentinelPassword') !== undefined)
    throw settings.mistake('the password of sentinels stands in no url; name its secret as sentinelPassword');
  settings.allow('Redis', redisParameters, true);
  const { name, password, sentinelPassword, logger } = settings;
  const location = redisLocation(settings);
  return storeOpener(settings, location.description, location.kind === 'cluster', (terms) => {
    return new RedisLink({ name, location, password, sentinelPassword, ...terms, logger });
  });
}

/** The same on a client of the program. */
export function givenRedisBackend(settings: CacheSettings, client: IoredisClient): () => Promise<SharedStore> {
  const mistake = mistakeInClient(client);
  if (mistake !== undefined) throw settings.mistake(mistake);
  settings.allow('handed in Redis', givenRedisParameters);
  return storeOpener(settings, "the program's ioredis client", client.isCluster, ({ timeoutMs }) => {
    return new GivenRedis(settings.name, client, timeoutMs);
  });
}

function storeOpener(
  settings: CacheSettings,
  description: string,
  isCluster: boolean,
  linkOf: (terms: Pick<ServerSettings, 'timeoutMs' | 'failsFast'>) => RedisStoreOptions['link'],
): () => Promise<SharedStore> {
  const { name, defaultTtlMs, slides } = settings;
  const { prefix, withPolicy, ...terms } = serverSettings(settings);
  return async () =>
    withPolicy(new RedisStore({ name, description, prefix, defaultTtlMs, slides, isCluster, link: linkOf(terms) }));
}
