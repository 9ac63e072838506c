import { didYouMean, parseByteSize } from '../../foundation/index.js';
import type { CacheSettings } from '../cache-settings.js';
import { LeasedStore } from '../load/leased-store.js';
import { entryOverheadBytes } from './cache-entry.js';
import { evictionPolicies, type EvictionPolicyName } from './eviction-policy.js';
import { MemoryStore, type MemoryStoreOptions } from './memory-store.js';

/** What opens a memory cache of these settings. Throws CacheError CONFIGURATION for what cannot be meant. */
export function memoryBackend(settings: CacheSettings): () => Promise<LeasedStore> {
  settings.allow('memory', ['policy', 'max', 'entries', 'ttl', 'sliding']);
  if (settings.location !== '')
    throw settings.mistake("a memory cache has no address; write 'memory:' and, after it, '?max=10mb'");
  const options = boundsOf(settings);
  return async () => new LeasedStore(new MemoryStore(options));
}

/** Whose cache it is, what bounds it and how long entries live. Throws CacheError CONFIGURATION for what cannot be meant. */
export function boundsOf(settings: CacheSettings): MemoryStoreOptions {
  const { name, defaultTtlMs, slides } = settings;
  const [policy, maxBytes, maxEntries] = [policyOf(settings), maxBytesOf(settings), maxEntriesOf(settings)];
  return { name, defaultTtlMs, slides, policy, maxBytes, maxEntries };
}

function policyOf(settings: CacheSettings): EvictionPolicyName | undefined {
  const policy = settings.text('policy');
  const known = Object.keys(evictionPolicies);
  if (policy === undefined || known.includes(policy)) return policy as EvictionPolicyName | undefined;
  throw settings.mistake(
    `there is no policy '${policy}'${didYouMean(policy, known)}; this version has ${known.join(', ')}`,
  );
}

function maxBytesOf(settings: CacheSettings): number | undefined {
  const max = settings.value('max') as string | number | undefined;
  if (max === undefined) return undefined;
  const maxBytes = settings.read(() => parseByteSize(max, 'max'));
  if (maxBytes > entryOverheadBytes) return maxBytes;
  throw settings.mistake(
    `max is ${maxBytes} bytes, but every entry takes ${entryOverheadBytes} beside its key and value; write '10mb'`,
  );
}

function maxEntriesOf(settings: CacheSettings): number | undefined {
  const text = settings.text('entries');
  if (text === undefined) return undefined;
  const maxEntries = Number(text);
  if (Number.isSafeInteger(maxEntries) && maxEntries > 0) return maxEntries;
  throw settings.mistake(`maxEntries is '${text}'; write a whole number above 0`);
}
