import { isWireObject, type WireObject } from '../../wire/index.js';
import { byKey, byKeys, call, type CacheCall, foundForm, key } from '../cache-calls.js';
import type { FoundEntry } from '../cache-store.js';
import type { SharedStore } from '../load/leasing-store.js';
import {
  doneForm,
  fieldsForm,
  flagForm,
  integerForm,
  listForm,
  mapForm,
  optionalForm,
  textForm,
  type WireForm,
} from '../wire-form.js';
import type { NearChange, NearHolder } from './near-holder.js';

/** A shared store as one module with a near cache sees it. */
export interface HeldStore {
  readonly store: SharedStore;
  readonly holder: NearHolder;
}

export interface HeldEntry extends FoundEntry {
  /** Whether the module may answer with it for the time of a lease, from when it asked. */
  readonly isLeased: boolean;
}

const heldForm: WireForm<HeldEntry> = {
  write: ({ isLeased, ...found }, typed) => ({ ...(foundForm.write(found, typed) as WireObject), leased: isLeased }),
  read: (json, what) => ({
    ...foundForm.read(json, what),
    isLeased: flagForm.read(isWireObject(json) ? json.leased : null, what),
  }),
};

const changeForm: WireForm<NearChange> = fieldsForm({
  revision: integerForm,
  keys: optionalForm(listForm(textForm)),
});

async function findAndLease({ store, holder }: HeldStore, key: string): Promise<HeldEntry | undefined> {
  const lease = holder.lease(key);
  const found = await store.find(key);
  if (found) return { ...found, isLeased: lease !== undefined };
  if (lease) holder.forgo(key, lease);
  return undefined;
}

async function findManyAndLease(
  { store, holder }: HeldStore,
  keys: readonly string[],
): Promise<ReadonlyMap<string, HeldEntry>> {
  const leases = keys.map((key) => [key, holder.lease(key)] as const);
  const found = await store.findMany(keys);
  const held = new Map<string, HeldEntry>();
  for (const [key, lease] of leases) {
    const entry = found.get(key);
    if (entry) held.set(key, { ...entry, isLeased: lease !== undefined });
    else if (lease) holder.forgo(key, lease);
  }
  return held;
}

/** What a module with a near cache calls beside the operations of every cache. Ours alone. */
export const nearCalls = {
  near_find: call(byKey, optionalForm(heldForm), (held: HeldStore, { key }) => findAndLease(held, key)),
  near_find_many: call(byKeys, mapForm(key, heldForm), (held: HeldStore, { keys }) => findManyAndLease(held, keys)),
  /** Answered when something is to be forgotten; `confirmed` is the revision of the answer before. */
  near_watch: call(fieldsForm({ confirmed: integerForm }), changeForm, ({ holder }: HeldStore, { confirmed }) =>
    holder.watch(confirmed),
  ),
  /** Everything is forgotten and nothing is kept any more. */
  near_release: call(fieldsForm({}), doneForm, async ({ holder }: HeldStore) => holder.release()),
};

export function nearCallOf(operation: string): CacheCall<unknown, unknown, HeldStore> | undefined {
  if (!Object.hasOwn(nearCalls, operation)) return undefined;
  return nearCalls[operation as keyof typeof nearCalls];
}
