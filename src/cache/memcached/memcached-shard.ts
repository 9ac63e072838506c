import type { EntryMark } from '../load/leasable-store.js';
import { decodeEntry, encodeEntry, type MemcachedEntry } from './memcached-entry.js';
import { isDone } from './memcached-error.js';
import {
  addItem,
  type CasMark,
  deleteItem,
  expirationOf,
  memcachedStatus,
  replaceItem,
  setItem,
} from './memcached-request.js';
import type { MemcachedServer } from './memcached-server.js';
import { fetchItems, MemcachedVersions } from './memcached-versions.js';
import { Turns } from './turns.js';

/** Where an entry stands and the versions it depends on, tags apart. */
export interface EntryPlace {
  readonly at: string;
  readonly scopes: readonly string[];
}

/** An entry to be written, under the versions now in force. */
export interface NewEntry extends EntryPlace {
  readonly value: Uint8Array;
  /** Infinity without a ttl. */
  readonly ttlMs: number;
  /** The places of the versions of its tags. */
  readonly tags: readonly string[];
}

/** What was there before an entry is loaded, and the versions then in force that the entry depends on. */
export interface MemcachedMark extends EntryMark {
  readonly entry: MemcachedEntry | undefined;
  readonly inForce: ReadonlyMap<string, Buffer>;
}

/** What becomes of an entry: a new one, or the one before with another value. */
export type EntryChange = NewEntry | MemcachedEntry;

interface SeenItem {
  readonly at: string;
  readonly cas: CasMark;
  /** Undefined when it is dead. */
  readonly entry: MemcachedEntry | undefined;
}

const { exists, notFound, outOfMemory } = memcachedStatus;

/**
 * The entries of a cache on one of its servers. Each holds the versions that its cache, its namespace and its tags had on
 * this server when it was written, and is dead when one of them is not in force any more. They are read after the entry,
 * so that what is found dead is dead for good. A change that depends on what is there is tried again until nobody came
 * between (CAS) or the deadline is over.
 */
export class MemcachedShard {
  readonly versions: MemcachedVersions;
  readonly #turns = new Turns();

  constructor(
    readonly server: MemcachedServer,
    /** Told how many entries were found to have run out. */
    private readonly expired: (count: number) => void,
  ) {
    this.versions = new MemcachedVersions(server);
  }

  /** The living entries at these places, in their order. */
  async read(places: readonly EntryPlace[], endsAt: number): Promise<readonly (MemcachedEntry | undefined)[]> {
    return (await this.#look(places, endsAt)).map((item) => item?.entry);
  }

  /** The same; the ttl of those that have one begins anew. */
  async renew(places: readonly EntryPlace[], endsAt: number): Promise<readonly (MemcachedEntry | undefined)[]> {
    const now = Date.now();
    const seen = (await this.#look(places, endsAt)).map(
      (item) => item && { ...item, entry: item.entry && { ...item.entry, expiresAt: now + item.entry.ttlMs } },
    );
    const writes = seen.flatMap((item) => {
      const isRenewed = item?.entry && item.entry.ttlMs !== Infinity;
      return isRenewed
        ? [replaceItem(item.at, encodeEntry(item.entry!), expirationOf(item.entry!.ttlMs), item.cas)]
        : [];
    });
    // Who changed or deleted one meanwhile is right, and what there is no room for is not renewed.
    for (const reply of await this.server.exchange(writes, endsAt)) isDone(reply, exists, notFound, outOfMemory);
    return seen.map((item) => item?.entry);
  }

  /** When memcached refuses one, what was there is gone; those of a ttl of 0 only take away what is there. */
  async write(entries: readonly NewEntry[], endsAt: number): Promise<void> {
    const inForce = await this.versions.current([...new Set(entries.flatMap(versionsOf))], endsAt);
    const requests = entries.map((entry) =>
      entry.ttlMs === 0
        ? deleteItem(entry.at)
        : setItem(entry.at, encodeEntry(madeOf(entry, inForce)), expirationOf(entry.ttlMs)),
    );
    for (const reply of await this.server.exchange(requests, endsAt)) isDone(reply, notFound);
  }

  /** When memcached refuses it, what was there stays. */
  async writeCarefully(entry: NewEntry, endsAt: number): Promise<void> {
    const { at, ttlMs } = entry;
    const item = encodeEntry(madeOf(entry, await this.versions.current(versionsOf(entry), endsAt)));
    for (let isThere = true; ; isThere = !isThere) {
      const request = isThere ? replaceItem : addItem;
      const [reply] = await this.server.exchange([request(at, item, expirationOf(ttlMs))], endsAt);
      if (isDone(reply!, exists, notFound)) return;
    }
  }

  /**
   * Changes one entry atomically into what `change` makes of the living one there is; leaves it when that is undefined.
   * Resolves with the entry before.
   */
  update(
    place: EntryPlace,
    change: (present: MemcachedEntry | undefined) => EntryChange | undefined,
    endsAt: number,
  ): Promise<MemcachedEntry | undefined> {
    return this.#turns.take(place.at, async () => {
      for (;;) {
        const [seen] = await this.#look([place], endsAt);
        const next = change(seen?.entry);
        if (!next) return seen?.entry;
        const entry = 'scopes' in next ? madeOf(next, await this.versions.current(versionsOf(next), endsAt)) : next;
        const [item, expiration] = [encodeEntry(entry), expirationOf(entry.expiresAt - Date.now())];
        const store = seen ? replaceItem(place.at, item, expiration, seen.cas) : addItem(place.at, item, expiration);
        const [reply] = await this.server.exchange([store], endsAt);
        if (isDone(reply!, exists, notFound)) return seen?.entry;
      }
    });
  }

  /** Of an entry with these tags, given as places. */
  async mark(place: EntryPlace, tags: readonly string[], endsAt: number): Promise<MemcachedMark> {
    const scopes = [...place.scopes, ...tags];
    const [inForce, [seen]] = await Promise.all([this.versions.current(scopes, endsAt), this.#look([place], endsAt)]);
    return { isPresent: seen?.entry !== undefined, entry: seen?.entry, inForce };
  }

  /** Under the versions of the mark: it is dead when one of them was withdrawn since. False when another is there. */
  async writeMarked(entry: NewEntry, mark: MemcachedMark, slides: boolean, endsAt: number): Promise<boolean> {
    let isWritten = false;
    const change = (present: MemcachedEntry | undefined) => {
      isWritten = !present || (mark.entry !== undefined && isSame(present, mark.entry, slides));
      return isWritten ? madeOf(entry, mark.inForce) : undefined;
    };
    await this.update(entry, change, endsAt);
    return isWritten;
  }

  /** How many were alive. */
  async delete(places: readonly EntryPlace[], endsAt: number): Promise<number> {
    const living = (await this.#look(places, endsAt)).filter((item) => item?.entry);
    return this.#remove(
      living.map((item) => ({ at: item!.at })),
      endsAt,
    );
  }

  /** What stands at these places, in their order. What has run out is taken away. */
  async #look(places: readonly EntryPlace[], endsAt: number): Promise<readonly (SeenItem | undefined)[]> {
    const scopes = [...new Set(places.flatMap((place) => place.scopes))];
    const found = await fetchItems(this.server, [...places.map(({ at }) => at), ...scopes], endsAt);
    const inForce = new Map(scopes.map((scope, index) => [scope, found[places.length + index]?.value]));
    const items = places.map(({ at }, index) => {
      const item = found[index];
      return item && { at, cas: item.cas, entry: decodeEntry(item.value) };
    });
    const tags = new Set(items.flatMap((item) => [...(item?.entry?.versions.keys() ?? [])]));
    for (const scope of scopes) tags.delete(scope);
    const tagItems = await fetchItems(this.server, [...tags], endsAt);
    for (const [index, tag] of [...tags].entries()) inForce.set(tag, tagItems[index]?.value);

    const now = Date.now();
    const seen = items.map((item) => item && { ...item, entry: living(item.entry, inForce) });
    const isOver = (item: SeenItem | undefined) => item?.entry !== undefined && item.entry.expiresAt <= now;
    const over = seen.filter((item) => item !== undefined && isOver(item)) as readonly SeenItem[];
    if (over.length > 0) this.expired(await this.#remove(over, endsAt));
    return seen.map((item) => (isOver(item) ? undefined : item));
  }

  /** How many were there, and, where a mark is given, unchanged. */
  async #remove(items: readonly { readonly at: string; readonly cas?: CasMark }[], endsAt: number): Promise<number> {
    const replies = await this.server.exchange(
      items.map(({ at, cas }) => deleteItem(at, cas)),
      endsAt,
    );
    return replies.filter((reply) => isDone(reply, exists, notFound)).length;
  }
}

function versionsOf({ scopes, tags }: NewEntry): readonly string[] {
  return [...scopes, ...tags];
}

function madeOf(entry: NewEntry, inForce: ReadonlyMap<string, Buffer>): MemcachedEntry {
  const { value, ttlMs } = entry;
  const versions = new Map(versionsOf(entry).map((place) => [place, inForce.get(place)!]));
  return { value, ttlMs, expiresAt: Date.now() + ttlMs, versions };
}

/** Where ttls slide reads give it another end, too. */
function isSame(one: MemcachedEntry, other: MemcachedEntry, slides: boolean): boolean {
  return (slides || one.expiresAt === other.expiresAt) && Buffer.compare(one.value, other.value) === 0;
}

function living(
  entry: MemcachedEntry | undefined,
  inForce: ReadonlyMap<string, Buffer | undefined>,
): MemcachedEntry | undefined {
  if (!entry) return undefined;
  return [...entry.versions].every(([place, version]) => inForce.get(place)?.equals(version)) ? entry : undefined;
}
