import type { Cluster, Redis } from 'ioredis';
import type { RedisClient } from './redis-client.js';

const pageLength = 1_000;

/** The keys of one cache in a Redis that others use, too. */
export class RedisKeys {
  constructor(private readonly prefix: string) {}

  /** Where an entry stands in Redis. */
  place(key: string): string {
    return this.prefix + key;
  }

  /** Where a lock stands, and the count of all locks: in one slot of a cluster, so that one script reaches both. */
  lockPlaces(key: string): readonly [lock: string, counter: string] {
    const tag = `{${this.prefix || 'pywatt'}}`;
    return [`lock:${tag}${key}`, `fence:${tag}`];
  }

  /** Where the set of the entries with a tag stands; those of a cache are in one slot of a cluster. */
  tagPlace(tag: string): string {
    return `${this.#tagPrefix}${tag}`;
  }

  get #tagPrefix(): string {
    return `tag:{${this.prefix || 'pywatt'}}`;
  }

  /** Where the ttl of an entry stands, and whether that is in the same slot of a cluster: only what is in braces counts. */
  ttlPlace(key: string): { readonly place: string; readonly isNear: boolean } {
    const at = this.place(key);
    if (/^[^{]*\{[^}]+\}/.test(at)) return { place: `ttl:${at}`, isNear: true };
    return { place: `ttl{${at}}`, isNear: !at.includes('}') };
  }

  /** Removes what stands beside entries, for their tags and ttls. */
  async removeCompanions(client: RedisClient, slides: boolean): Promise<void> {
    const prefixes = [this.#tagPrefix, ...(slides ? [`ttl:${this.prefix}`, `ttl{${this.prefix}`] : [])];
    for (const prefix of prefixes)
      for (const node of nodesOf(client))
        for await (const keys of pages(node, prefix)) await Promise.all(keys.map((key) => node.unlink(key)));
  }

  /** Removes all of them, or those of one namespace; `removed` is told how many, page by page. */
  async remove(client: RedisClient, namespace: string | undefined, removed: (count: number) => void): Promise<void> {
    const prefix = namespace === undefined ? this.prefix : this.place(`${namespace}:`);
    for (const node of nodesOf(client)) {
      for await (const keys of pages(node, prefix)) {
        // Of different slots in a cluster: one by one, sent together.
        const counts = await Promise.all(keys.map((key) => node.unlink(key)));
        removed(counts.reduce((sum, count) => sum + count, 0));
      }
    }
  }

  /** How many there are and what Redis says they take in memory. Looks at each. */
  async measure(client: RedisClient): Promise<{ readonly entries: number; readonly bytes: number }> {
    let entries = 0;
    let bytes = 0;
    for (const node of nodesOf(client)) {
      for await (const keys of pages(node, this.prefix)) {
        const sizes = await Promise.all(keys.map((key) => node.memory('USAGE', key)));
        for (const size of sizes) {
          if (size === null) continue;
          entries += 1;
          bytes += size;
        }
      }
    }
    return { entries, bytes };
  }
}

/** The servers that hold keys. */
export function nodesOf(client: RedisClient): readonly Redis[] {
  return client.isCluster ? (client as unknown as Cluster).nodes('master') : [client as Redis];
}

/** While Redis grows or shrinks its table, SCAN may give a key twice. */
async function* pages(node: Redis, prefix: string): AsyncGenerator<Buffer[]> {
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, String.raw`\$&`)}*`;
  let cursor = '0';
  do {
    const [next, keys] = await node.scanBuffer(cursor, 'MATCH', pattern, 'COUNT', pageLength);
    if (keys.length > 0) yield keys;
    cursor = next.toString();
  } while (cursor !== '0');
}
