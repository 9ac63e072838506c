import type { CacheEntry } from './cache-entry.js';
import { LfuPolicy } from './lfu-policy.js';
import { ListPolicy } from './list-policy.js';
import { NonePolicy } from './none-policy.js';
import { S3FifoPolicy } from './s3-fifo-policy.js';

/** Chooses who gives way. It hears of every entry that comes, is used and goes. Every step takes constant time. */
export interface EvictionPolicy {
  /** `previous` is the entry of the same key that was removed for this one. */
  add(entry: CacheEntry, previous?: CacheEntry): void;
  use(entry: CacheEntry): void;
  remove(entry: CacheEntry): void;
  /** Takes off the entry to give up next and returns it; undefined when nothing may go. */
  evict(): CacheEntry | undefined;
  /** Instead of `remove`, of an entry that another such policy, which hears of the same, chose to give up. */
  givenUp?(entry: CacheEntry): void;
}

/**
 * The policies there are, by the name that configuration uses: least recently used, least frequently used, first
 * written, most recently used, none (a full cache refuses), and S3-FIFO (Yang et al., SOSP 2023), which keeps what is
 * used again from being swept out by what is read once.
 */
export const evictionPolicies = {
  's3-fifo': () => new S3FifoPolicy(),
  lru: () => new ListPolicy({ movesOnUse: true, evicts: 'oldest' }),
  lfu: () => new LfuPolicy(),
  fifo: () => new ListPolicy({ movesOnUse: false, evicts: 'oldest' }),
  mru: () => new ListPolicy({ movesOnUse: true, evicts: 'newest' }),
  none: () => new NonePolicy(),
} satisfies Record<string, () => EvictionPolicy>;

export type EvictionPolicyName = keyof typeof evictionPolicies;

export const defaultPolicy: EvictionPolicyName = 's3-fifo';
