import { didYouMean, type Duration, durationMs, type Logger, messageOf, parseByteSize } from '../foundation/index.js';
import { CacheError } from './cache-error.js';
import type { CacheStore } from './cache-store.js';
import { entryOverheadBytes } from './memory/cache-entry.js';
import { evictionPolicies, type EvictionPolicyName } from './memory/eviction-policy.js';
import { MemoryStore } from './memory/memory-store.js';
import { StoreCache } from './store-cache.js';

/** A `Duration`, or text out of a file that must turn out to be one. */
type CacheTtl = string | Exclude<Duration, string>;

/** A cache as configuration writes it. What the url says in its query must not be said again beside it. */
export interface CacheOptions {
  /** The name of the cache; messages carry it. */
  readonly name: string;
  /** `memory:`, with or without `?policy=lru&max=10mb&ttl=5m`. */
  readonly url: string;
  /** Who gives way when it is full. Default `lru`, the only one there is now. */
  readonly policy?: string | undefined;
  /** The bound in bytes or as `'10mb'`. Default 10 MiB. */
  readonly max?: string | number | undefined;
  /** For entries written without a ttl. Default: they live until they are evicted. */
  readonly defaultTtl?: CacheTtl | undefined;
  readonly logger?: Logger | undefined;
}

/** Opens a cache for this process. The caller closes it. Rejects with CacheError CONFIGURATION for what cannot be meant. */
export async function openCache(options: CacheOptions): Promise<StoreCache> {
  return new StoreCache(await openCacheStore(options));
}

/** As `openCache`, but the bytes beneath it: what a `CacheBroker` serves. The caller closes it. */
export async function openCacheStore(options: CacheOptions): Promise<CacheStore> {
  const store = openMemoryStore(options);
  options.logger?.debug('cache opened', { cache: store.name, backend: store.description });
  return store;
}

/** Throws CacheError CONFIGURATION for a cache that `openCache` would refuse. Opens nothing. */
export function checkCacheOptions(options: CacheOptions): void {
  openMemoryStore(options);
}

const parameterNames = { policy: 'policy', max: 'max', ttl: 'defaultTtl' } as const;
const laterSchemes = ['redis', 'rediss', 'memcached', 'file'];

function openMemoryStore(options: CacheOptions): MemoryStore {
  const { name } = options;
  const { policy, max, defaultTtl } = { ...options, ...parametersOf(options) };
  return new MemoryStore({
    name,
    policy: policy === undefined ? undefined : policyOf(policy, name),
    maxBytes: max === undefined ? undefined : maxBytesOf(max, name),
    defaultTtlMs: defaultTtl === undefined ? undefined : defaultTtlMsOf(defaultTtl, name),
  });
}

/** The query of the url, under the names of the options. Messages never quote the url: it may carry a password. */
function parametersOf(options: CacheOptions): { policy?: string; max?: string; defaultTtl?: string } {
  const { name } = options;
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(options.url.trim()) ?? [];
  checkScheme(scheme.toLowerCase(), name);
  const [location = '', query = ''] = rest.split(/\?(.*)/s);
  if (location !== '') throw mistake(name, "a memory cache has no address; write 'memory:' and, after it, '?max=10mb'");
  const parameters: { policy?: string; max?: string; defaultTtl?: string } = {};
  for (const [parameter, value] of new URLSearchParams(query)) {
    if (!Object.hasOwn(parameterNames, parameter)) {
      const known = Object.keys(parameterNames);
      throw mistake(
        name,
        `the url has an unknown parameter '${parameter}'${didYouMean(parameter, known)}; there are ${known.join(', ')}`,
      );
    }
    const option = parameterNames[parameter as keyof typeof parameterNames];
    if (parameters[option] !== undefined || options[option] !== undefined)
      throw mistake(name, `${option} is given twice; keep one`);
    parameters[option] = value;
  }
  return parameters;
}

function checkScheme(scheme: string, name: string): void {
  if (scheme === 'memory') return;
  if (laterSchemes.includes(scheme)) throw mistake(name, `'${scheme}:' is not offered yet; this version has 'memory:'`);
  const hint = scheme === '' ? '' : ` '${scheme}:'${didYouMean(scheme, ['memory'])}`;
  throw mistake(name, `the url names no kind of cache there is${hint}; this version has 'memory:'`);
}

function policyOf(policy: string, name: string): EvictionPolicyName {
  const known = Object.keys(evictionPolicies);
  if (known.includes(policy)) return policy as EvictionPolicyName;
  throw mistake(
    name,
    `there is no policy '${policy}'${didYouMean(policy, known)}; this version has ${known.join(', ')}`,
  );
}

function maxBytesOf(max: string | number, name: string): number {
  const maxBytes = configured(name, () => parseByteSize(max, 'max'));
  if (maxBytes > entryOverheadBytes) return maxBytes;
  throw mistake(
    name,
    `max is ${maxBytes} bytes, but every entry takes ${entryOverheadBytes} beside its key and value; write '10mb'`,
  );
}

function defaultTtlMsOf(defaultTtl: CacheTtl, name: string): number {
  const ttlMs = Math.ceil(configured(name, () => durationMs(defaultTtl, 'defaultTtl')));
  if (ttlMs > 0) return ttlMs;
  throw mistake(name, 'defaultTtl is 0, so nothing would ever be found; leave it out for entries without a ttl');
}

function configured<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw mistake(name, messageOf(error), error);
  }
}

function mistake(name: string, what: string, cause?: unknown): CacheError {
  return new CacheError('CONFIGURATION', `cache '${name}': ${what}`, { cause });
}
