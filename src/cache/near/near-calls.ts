import { isWireObject, type WireObject } from '../../wire/index.js';
import { byKey, byKeys, call, type CacheCall, foundForm, key } from '../cache-calls.js';
import { CacheError } from '../cache-error.js';
import type { FoundEntry } from '../cache-store.js';
import type { LeasingStore } from '../load/leasing-store.js';
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
  readonly store: LeasingStore;
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

/** A backend has a bound on what waits in it. */
const findsAtOnce = 500;

/** What `getMany` finds. Where it leaves out what `find` fails for, nothing is leased. */
async function findManyAndLease(held: HeldStore, keys: readonly string[]): Promise<ReadonlyMap<string, HeldEntry>> {
  const found = new Map<string, HeldEntry>();
  const find = async (key: string) => {
    const entry = await findAndLease(held, key);
    if (entry) found.set(key, entry);
  };
  try {
    for (let from = 0; from < keys.length; from += findsAtOnce)
      await Promise.all(keys.slice(from, from + findsAtOnce).map(find));
    return found;
  } catch (error) {
    if (!(error instanceof CacheError && error.code === 'OPERATION')) throw error;
    const values = await held.store.getMany(keys);
    return new Map([...values].map(([key, value]) => [key, { value, leftMs: Infinity, isLeased: false }]));
  }
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
