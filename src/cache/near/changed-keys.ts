import type { CacheOperation, ParamsOf } from '../cache-calls.js';

/** Keys whose values a write may have changed: these, or all that begin so. */
export type ChangedKeys = readonly string[] | { readonly prefix: string };

type Changes<O extends CacheOperation> = 'nothing' | ((params: ParamsOf<O>) => ChangedKeys);

const ofKey = ({ key }: { readonly key: string }): ChangedKeys => [key];

/** What each operation changes; an operation that is not listed does not compile, for its writes would go unseen. */
const changes: { readonly [O in CacheOperation]: Changes<O> } = {
  get: 'nothing',
  get_each: 'nothing',
  find: 'nothing',
  set: ofKey,
  // Also of a key that is not there: what was evicted may be held near, and is now deleted.
  delete: ofKey,
  exists: 'nothing',
  set_nx: ofKey,
  get_set: ofKey,
  increment: ofKey,
  get_many: 'nothing',
  set_many: ({ items }) => [...items.keys()],
  delete_many: ({ keys }) => keys,
  clear: ({ namespace }) => ({ prefix: namespace === undefined ? '' : `${namespace}:` }),
  // Which keys had the tags, only the store knows.
  invalidate_tags: () => ({ prefix: '' }),
  flush: () => ({ prefix: '' }),
  lock: 'nothing',
  extend_lock: 'nothing',
  unlock: 'nothing',
  lease: 'nothing',
  extend_lease: 'nothing',
  // Which stores what was loaded.
  settle_lease: ofKey,
  stats: 'nothing',
  ping: 'nothing',
};

/** undefined for an operation that only reads. */
export function changedBy(operation: CacheOperation, params: unknown): ChangedKeys | undefined {
  const change = changes[operation] as 'nothing' | ((params: unknown) => ChangedKeys);
  return change === 'nothing' ? undefined : change(params);
}
