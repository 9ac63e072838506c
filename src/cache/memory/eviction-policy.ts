import type { CacheEntry } from './cache-entry.js';
import { LruPolicy } from './lru-policy.js';

/** Chooses who gives way. It hears of every entry that comes, is used and goes, and names a victim among the present. */
export interface EvictionPolicy {
  add(entry: CacheEntry): void;
  use(entry: CacheEntry): void;
  remove(entry: CacheEntry): void;
  /** The entry to give up next; undefined when there is none. Does not remove it. */
  victim(): CacheEntry | undefined;
}

/** The policies there are, by the name that configuration uses. */
export const evictionPolicies = {
  lru: () => new LruPolicy(),
} satisfies Record<string, () => EvictionPolicy>;

export type EvictionPolicyName = keyof typeof evictionPolicies;
