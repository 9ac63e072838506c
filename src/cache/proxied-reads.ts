import type { CacheError } from './cache-error.js';
import type { ReadValue } from './cache-store.js';
import { MergedReads } from './merged-reads.js';

/** How a proxied store asks its orchestrator. */
export interface ProxiedReadCalls {
  readonly get: (key: string) => Promise<Uint8Array | undefined>;
  readonly getEach: (keys: readonly string[]) => Promise<readonly ReadValue[]>;
}

/** Reads of an orchestrator's cache, by one call where there are several; what that leaves open is read by itself. */
export function proxiedReads({ get, getEach }: ProxiedReadCalls): MergedReads<Uint8Array> {
  const one = async (key: string) => (await get(key)) ?? null;
  return new MergedReads({
    one,
    many: async (keys) => (await getEach(keys)).map((value) => (value === 'apart' ? undefined : (value ?? null))),
    areNone: async () => false,
    untold: one,
    // The others are about all of them.
    areReadApart: (error) => ['OPERATION', 'SERIALIZATION'].includes((error as CacheError).code),
  });
}
