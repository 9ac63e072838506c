import { createHash } from 'node:crypto';
import type { MemcachedEntry } from './memcached-entry.js';
import type { EntryChange, EntryPlace, MemcachedShard, NewEntry } from './memcached-shard.js';

/** From here on it may be larger than an item can be. */
const mayBeTooLargeBytes = 16 * 1024;

/**
 * The entries of a cache over all of its servers: each stands on the server whose name together with its place has the
 * highest digest. So all who name the same servers agree, in whatever order they do, and one server more or less moves only
 * what is on it. Each server has versions of its own, and the loss of one is a matter of its entries alone.
 */
export class MemcachedShards {
  readonly #shards: readonly MemcachedShard[];

  /** At least one. */
  constructor(shards: readonly MemcachedShard[]) {
    this.#shards = shards;
  }

  /** Where what has this place stands. */
  at(place: string): MemcachedShard {
    const [first, ...others] = this.#shards;
    return others.reduce((best, shard) => (rank(shard, place) > rank(best, place) ? shard : best), first!);
  }

  /** The same work on every server, at once. */
  all<T>(work: (shard: MemcachedShard) => Promise<T>): Promise<readonly T[]> {
    return Promise.all(this.#shards.map(work));
  }

  /** The living entries at these places, in their order. With `renews` the ttl of those that have one begins anew. */
  async read(
    places: readonly EntryPlace[],
    renews: boolean,
    endsAt: number,
  ): Promise<readonly (MemcachedEntry | undefined)[]> {
    const found = new Map<string, MemcachedEntry | undefined>();
    await this.#each(places, async (shard, own) => {
      const entries = await (renews ? shard.renew(own, endsAt) : shard.read(own, endsAt));
      for (const [index, { at }] of own.entries()) found.set(at, entries[index]);
    });
    return places.map(({ at }) => found.get(at));
  }

  /** Begins with what may be refused for its size, in its order: the largest first, nothing else has been written then. */
  async write(entries: readonly NewEntry[], endsAt: number): Promise<void> {
    const isLarge = ({ value, ttlMs }: NewEntry) => value.length >= mayBeTooLargeBytes && ttlMs > 0;
    for (const entry of entries.filter(isLarge)) await this.at(entry.at).writeCarefully(entry, endsAt);
    const others = entries.filter((entry) => !isLarge(entry));
    await this.#each(others, (shard, own) => shard.write(own, endsAt));
  }

  /** As of the shard the entry stands on. */
  update(
    place: EntryPlace,
    change: (present: MemcachedEntry | undefined) => EntryChange | undefined,
    endsAt: number,
  ): Promise<MemcachedEntry | undefined> {
    return this.at(place.at).update(place, change, endsAt);
  }

  /** How many of them were alive. */
  async delete(places: readonly EntryPlace[], endsAt: number): Promise<number> {
    const counts = await this.#each(places, (shard, own) => shard.delete(own, endsAt));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Each server's work on those of the items that stand there. */
  #each<T extends { readonly at: string }, R>(
    items: readonly T[],
    work: (shard: MemcachedShard, own: readonly T[]) => Promise<R>,
  ): Promise<readonly R[]> {
    const owned = new Map<MemcachedShard, T[]>();
    for (const item of items) {
      const shard = this.at(item.at);
      const own = owned.get(shard);
      if (own) own.push(item);
      else owned.set(shard, [item]);
    }
    return Promise.all([...owned].map(([shard, own]) => work(shard, own)));
  }
}

function rank({ server }: MemcachedShard, place: string): string {
  return createHash('sha256').update(`${server.address} ${place}`).digest('hex');
}
