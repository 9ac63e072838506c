import { randomBytes } from 'node:crypto';
import { versionBytes } from './memcached-entry.js';
import { isDone } from './memcached-error.js';
import { addItem, deleteItem, getItem, type MemcachedReply, memcachedStatus } from './memcached-request.js';
import type { MemcachedServer } from './memcached-server.js';

const { exists, notFound } = memcachedStatus;

/**
 * The versions of caches, namespaces and tags on one server. A version is eight random bytes and is withdrawn by deleting
 * it: whoever needs it next makes another one, which nothing can have been written under. So one that memcached evicts is
 * withdrawn, never confused.
 */
export class MemcachedVersions {
  constructor(private readonly server: MemcachedServer) {}

  /** Those in force at these places; where there is none, one is made. */
  async current(places: readonly string[], endsAt: number): Promise<ReadonlyMap<string, Buffer>> {
    for (;;) {
      const items = await fetchItems(this.server, places, endsAt);
      const missing = places.filter((_place, index) => !items[index]);
      if (missing.length === 0) return new Map(places.map((place, index) => [place, items[index]!.value]));
      const adds = missing.map((place) => addItem(place, randomBytes(versionBytes), 0));
      for (const reply of await this.server.exchange(adds, endsAt)) isDone(reply, exists);
    }
  }

  /** What was written under one of them is dead from now on. */
  async withdraw(places: readonly string[], endsAt: number): Promise<void> {
    const replies = await this.server.exchange(
      places.map((place) => deleteItem(place)),
      endsAt,
    );
    for (const reply of replies) isDone(reply, notFound);
  }
}

/** What stands at these places, in their order; undefined where nothing does. */
export async function fetchItems(
  server: MemcachedServer,
  places: readonly string[],
  endsAt: number,
): Promise<readonly (MemcachedReply | undefined)[]> {
  const replies = await server.exchange(places.map(getItem), endsAt);
  return replies.map((reply) => (isDone(reply, notFound) ? reply : undefined));
}
