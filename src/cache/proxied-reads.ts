import type { CacheError } from './cache-error.js';
import { MergedReads } from './merged-reads.js';
import type { ReadValue } from './read-each.js';

/** How a proxied store asks its orchestrator. */
export interface ProxiedReadCalls {
  readonly get: (key: string) => Promise<Uint8Array | undefined>;
  readonly getEach: (keys: readonly string[]) => Promise<readonly ReadValue[]>;
}

/** Reads of an orchestrator's cache, by one call where there are several; what that leaves open is read by itself. */
export function proxiedReads({ get, getEach }: ProxiedReadCalls): MergedReads<Uint8Array> {
  return new MergedReads({
    one: async (key) => (await get(key)) ?? null,
    many: async (keys) => (await getEach(keys)).map((value) => (value === 'apart' ? undefined : (value ?? null))),
    areNone: async () => false,
    // The others are about all of them.
    areReadApart: (error) => ['OPERATION', 'SERIALIZATION'].includes((error as CacheError).code),
  });
}
