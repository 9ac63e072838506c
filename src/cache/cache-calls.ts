import { isWireObject, type ServiceCallOptions, type WireJson, type WireObject } from '../wire/index.js';
import type { CacheStats } from './cache.js';
import { CacheError } from './cache-error.js';
import { checkKey, checkNamespace, checkTag, checkTags } from './cache-key.js';
import type { TakenLock } from './cache-lock.js';
import type { EntryTerms, FoundEntry } from './cache-store.js';
import type { LeaseAnswer, LeasingStore } from './load/leasing-store.js';
import { readEach, readValuesForm } from './read-each.js';
import {
  bytesForm,
  countForm,
  doneForm,
  fieldsForm,
  flagForm,
  integerForm,
  listForm,
  mapForm,
  optionalForm,
  textForm,
  type WireForm,
  withTtl,
} from './wire-form.js';

/** One operation on the wire: how its parameters and result stand there, and what it does with a store, perhaps for as long as its caller waits. */
export interface CacheCall<P, R, S = LeasingStore> {
  readonly params: WireForm<P>;
  readonly result: WireForm<R>;
  perform(store: S, params: P, options: ServiceCallOptions): Promise<R>;
}

export function call<P, R, S = LeasingStore>(
  params: WireForm<P>,
  result: WireForm<R>,
  perform: (store: S, params: P, options: ServiceCallOptions) => Promise<R>,
): CacheCall<P, R, S> {
  return { params, result, perform };
}

/** Text that a module of any language wrote, held to the rules of our own `Cache`. */
function checkedForm(check: (text: string, where: string) => void): WireForm<string> {
  return {
    write: (text) => text,
    read: (json, what) => {
      const text = textForm.read(json, what);
      check(text, `${what} of a cache operation`);
      return text;
    },
  };
}

export const key = checkedForm(checkKey);
const namespace = optionalForm(checkedForm(checkNamespace));
const value = bytesForm;
const tagList = listForm(checkedForm(checkTag));
const nothing = fieldsForm({});
export const byKey = fieldsForm({ key });
export const byKeys = fieldsForm({ keys: listForm(key) });

const statsForm: WireForm<CacheStats> = {
  write: (stats, typed) => ({
    hits: stats.hits,
    misses: stats.misses,
    sets: stats.sets,
    deletes: stats.deletes,
    item_count: stats.entries,
    memory_used_bytes: stats.bytes,
    // Plain peers insist on the map but nobody says what may be in it.
    additional_metrics: typed ? { evictions: stats.evictions, expirations: stats.expirations } : {},
  }),
  read: (json) => {
    const counts = isWireObject(json) ? json : {};
    const more = isWireObject(counts.additional_metrics) ? counts.additional_metrics : {};
    return {
      hits: countOf(counts.hits),
      misses: countOf(counts.misses),
      sets: countOf(counts.sets),
      deletes: countOf(counts.deletes),
      evictions: countOf(more.evictions),
      expirations: countOf(more.expirations),
      entries: countOf(counts.item_count),
      bytes: countOf(counts.memory_used_bytes),
    };
  },
};

/** Plain peers know the token alone. */
const lockForm: WireForm<TakenLock> = {
  write: ({ token, fence }, typed) => (typed ? { token, fence } : token),
  read: (json, what) => {
    if (!isWireObject(json)) return { token: textForm.read(json, what), fence: 0 };
    return { token: textForm.read(json.token, what), fence: countForm.read(json.fence, what) };
  },
};

/** No `left_ms`: it has no ttl. The longest ttl comes back from a clock as a little more than an integer may be. */
export const foundForm: WireForm<FoundEntry> = {
  write: ({ value, leftMs }) =>
    leftMs === Infinity ? { value } : { value, left_ms: Math.min(Math.ceil(leftMs), Number.MAX_SAFE_INTEGER) },
  read: (json, what) => {
    const found = isWireObject(json) ? json : {};
    return {
      value: bytesForm.read(found.value, what),
      leftMs: found.left_ms === undefined ? Infinity : integerForm.read(found.left_ms, what),
    };
  },
};

/** A token, or true where there is none, an entry, or null. */
const leaseForm: WireForm<LeaseAnswer> = {
  write: (answer, typed) => {
    switch (answer.kind) {
      case 'load':
        return { load: answer.token ?? true };
      case 'found':
        return { found: foundForm.write(answer.entry, typed) };
      case 'busy':
        return null;
    }
  },
  read: (json, what) => {
    if (json === null) return { kind: 'busy' };
    const { load, found } = isWireObject(json) ? json : {};
    if (found !== undefined) return { kind: 'found', entry: foundForm.read(found, what) };
    return { kind: 'load', token: load === true ? undefined : textForm.read(load, what) };
  },
};

/** What an entry is written with, beside other parameters. Plain peers know no tags; `ProxiedCacheStore` refuses them. */
function withTerms<T extends object>(form: WireForm<T>): WireForm<T & EntryTerms> {
  const timed = withTtl(form);
  return {
    write: (values, typed) => {
      const plain = timed.write(values, typed) as WireObject;
      return values.tags ? { ...plain, tags: tagList.write(values.tags, typed) } : plain;
    },
    read: (json, what) => {
      const { tags = null } = isWireObject(json) ? json : {};
      const values = timed.read(json, what);
      if (tags === null) return values;
      return { ...values, tags: checkTags(tagList.read(tags, "'tags'"), 'a cache operation') };
    },
  };
}

/** Whole milliseconds; of who has no time left, or less than that, 0. */
const waitForm: WireForm<number> = {
  write: (ms) => Math.max(0, Math.ceil(ms)),
  read: (json, what) => Math.max(0, integerForm.read(json ?? 0, what)),
};

function lockTtl(ttlMs: number | undefined): number {
  if (ttlMs !== undefined && ttlMs > 0) return ttlMs;
  throw new CacheError('OPERATION', 'a lock needs a ttl above 0');
}

/** A plain peer may leave any count out or null; what it does not count stands as 0. */
function countOf(json: WireJson | undefined): number {
  return countForm.read(json, 'a count');
}

/** The operations of the cache service, by their name on the wire. Proxy and broker both read this table. */
export const cacheCalls = {
  get: call(byKey, optionalForm(value), (store, { key }) => store.get(key)),
  /** Ours alone, as is the next. */
  get_each: call(byKeys, readValuesForm, (store, { keys }) => readEach(store, keys)),
  find: call(byKey, optionalForm(foundForm), (store, { key }) => store.find(key)),
  set: call(withTerms(fieldsForm({ key, value })), doneForm, (store, { key, value, ...terms }) =>
    store.set(key, value, terms),
  ),
  delete: call(byKey, flagForm, (store, { key }) => store.delete(key)),
  exists: call(byKey, flagForm, (store, { key }) => store.exists(key)),
  set_nx: call(withTerms(fieldsForm({ key, value })), flagForm, (store, { key, value, ...terms }) =>
    store.setIfAbsent(key, value, terms),
  ),
  get_set: call(fieldsForm({ key, value }), optionalForm(value), (store, { key, value }) =>
    store.getAndSet(key, value),
  ),
  increment: call(fieldsForm({ key, delta: integerForm }), integerForm, (store, { key, delta }) =>
    store.increment(key, delta),
  ),
  set_many: call(withTerms(fieldsForm({ items: mapForm(key, value) })), doneForm, (store, { items, ...terms }) =>
    store.setMany(items, terms),
  ),
  get_many: call(byKeys, mapForm(key, value), (store, { keys }) => store.getMany(keys)),
  delete_many: call(byKeys, countForm, (store, { keys }) => store.deleteMany(keys)),
  clear: call(fieldsForm({ namespace }), doneForm, (store, { namespace }) => store.clear(namespace)),
  /** Ours alone. */
  invalidate_tags: call(fieldsForm({ tags: tagList }), doneForm, (store, { tags }) => store.invalidateTags(tags)),
  flush: call(nothing, doneForm, (store) => store.clear()),
  lock: call(withTtl(fieldsForm({ key })), optionalForm(lockForm), (store, { key, ttlMs }) =>
    store.lock(key, lockTtl(ttlMs)),
  ),
  /** Ours alone: the protocol has no such operation. */
  extend_lock: call(withTtl(fieldsForm({ key, lock_token: textForm })), flagForm, (store, { key, lock_token, ttlMs }) =>
    store.extendLock(key, lock_token, lockTtl(ttlMs)),
  ),
  unlock: call(fieldsForm({ key, lock_token: textForm }), flagForm, (store, { key, lock_token }) =>
    store.unlock(key, lock_token),
  ),
  /** Ours alone, as are the next two: one load of an entry at a time. */
  lease: call(
    fieldsForm({ key, wait_ms: waitForm, stale_ms: countForm, tags: optionalForm(tagList) }),
    leaseForm,
    (store, { key, wait_ms, stale_ms, tags }, options) =>
      store.lease(key, { waitMs: wait_ms, staleForMs: stale_ms, tags }, options.signal),
  ),
  extend_lease: call(withTtl(fieldsForm({ key, lease: textForm })), flagForm, (store, { key, lease, ttlMs }) =>
    store.extendLease(key, lease, ttlMs),
  ),
  settle_lease: call(
    withTerms(fieldsForm({ key, lease: optionalForm(textForm), value: optionalForm(value), stale_ms: countForm })),
    flagForm,
    (store, { key, lease, value, stale_ms, ...terms }) =>
      store.settle(key, lease, value && { value, terms, staleForMs: stale_ms }),
  ),
  stats: call(nothing, statsForm, (store) => store.stats()),
  ping: call(nothing, doneForm, (store) => store.ping()),
};

/** Operations that done twice are not as good as done once. */
export const onceOnly: ReadonlySet<string> = new Set<CacheOperation>([
  'set_nx',
  'get_set',
  'increment',
  'lock',
  'unlock',
]);

export type CacheCalls = typeof cacheCalls;
export type CacheOperation = keyof CacheCalls;
export type ParamsOf<O extends CacheOperation> = CacheCalls[O] extends CacheCall<infer P, unknown> ? P : never;
export type ResultOf<O extends CacheOperation> = CacheCalls[O] extends CacheCall<never, infer R> ? R : never;
