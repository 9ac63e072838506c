import type { Cluster, Redis } from 'ioredis';
import type { HostPort } from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';
import { shownKey } from '../cache-key.js';
import { leaseLock } from '../load/lease-lock.js';
import type { RedisClient } from './redis-client.js';

const pageLength = 1_000;

export interface RedisKeysOptions {
  readonly name: string;
  /** A client that the program made may put a prefix of its own before this. */
  readonly prefix: string;
  readonly slides: boolean;
}

/** The keys of one cache in a Redis that others use, too. */
export class RedisKeys {
  readonly #name: string;
  readonly #prefix: string;
  /** What stands beside entries begins so. */
  readonly #beside: readonly string[];
  /** The same, among the entries: where the prefix is empty, or begins as these do. */
  readonly #reserved: readonly string[];

  constructor({ name, prefix, slides }: RedisKeysOptions) {
    this.#name = name;
    this.#prefix = prefix;
    this.#beside = [...this.lockPlaces(''), this.#tagPrefix, ...(slides ? this.#ttlPrefixes : [])];
    this.#reserved = this.#beside.filter((beside) => beside.startsWith(prefix));
  }

  /** Where an entry stands in Redis. Throws CacheError OPERATION where a lock, or what belongs to entries, may stand. */
  place(key: string): string {
    const at = this.#prefix + key;
    const reserved = this.#reserved.find((beside) => at.startsWith(beside));
    if (reserved === undefined) return at;
    const message = `cache '${this.#name}': key ${shownKey(key)} begins as its own locks, tags and ttls do (${shownKey(reserved)}); take another key, or give the cache another prefix`;
    throw new CacheError('OPERATION', message);
  }

  /** Where a lock stands, and the count of all locks: in one slot of a cluster, so that one script reaches both. */
  lockPlaces(key: string): readonly [lock: string, counter: string] {
    const tag = `{${this.#prefix || 'pywatt'}}`;
    return [`lock:${tag}${key}`, `fence:${tag}`];
  }

  /** What stands in a set of a tag for a lock, as for an entry: scripts see the prefix of the client, clusters run none. */
  lockMember(client: RedisClient, key: string): string {
    return (client.isCluster ? '' : prefixOf(client)) + this.lockPlaces(key)[0];
  }

  /** Where the set of the entries with a tag stands; those of a cache are in one slot of a cluster. */
  tagPlace(tag: string): string {
    return `${this.#tagPrefix}${tag}`;
  }

  get #tagPrefix(): string {
    return `tag:{${this.#prefix || 'pywatt'}}`;
  }

  get #ttlPrefixes(): readonly string[] {
    return [`ttl:${this.#prefix}`, `ttl{${this.#prefix}`];
  }

  /** Where the ttl of an entry stands, and whether that is in the same slot of a cluster: only what is in braces counts. */
  ttlPlace(key: string): { readonly place: string; readonly isNear: boolean } {
    const at = this.place(key);
    if (/^[^{]*\{[^}]+\}/.test(at)) return { place: `ttl:${at}`, isNear: true };
    return { place: `ttl{${at}}`, isNear: !at.includes('}') };
  }

  /** Removes what stands beside entries, for their tags and ttls. */
  async removeCompanions(client: RedisClient): Promise<void> {
    const locks: readonly string[] = this.lockPlaces('');
    for (const prefix of this.#beside) if (!locks.includes(prefix)) await unlinkAll(client, prefix);
  }

  /**
   * Removes all of them, or those of one namespace; `removed` is told how many, page by page. Who loads one of them
   * meanwhile finds that its lease is over.
   */
  async remove(client: RedisClient, namespace: string | undefined, removed: (count: number) => void): Promise<void> {
    const prefix = namespace === undefined ? '' : `${namespace}:`;
    // First, so that nothing is stored by a lease from before once its page has been looked at.
    await unlinkAll(client, this.lockPlaces(leaseLock(prefix))[0]);
    await unlinkAll(client, this.place(prefix), { spares: this.#reserved, removed });
  }

  /** How many there are and what Redis says they take in memory. Looks at each. */
  async measure(client: RedisClient): Promise<{ readonly entries: number; readonly bytes: number }> {
    let entries = 0;
    let bytes = 0;
    for (const node of nodesOf(client)) {
      const ofClient = prefixOf(client);
      const beside = this.#reserved.map((prefix) => ofClient + prefix);
      for await (const keys of pages(node, ofClient + this.#prefix, beside)) {
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

interface Removal {
  /** Keys that begin with one of these stay. */
  readonly spares?: readonly string[];
  /** Told how many were removed, page by page. */
  readonly removed?: (count: number) => void;
}

/** Removes every key that begins so. */
async function unlinkAll(client: RedisClient, prefix: string, { spares = [], removed }: Removal = {}): Promise<void> {
  const ofClient = prefixOf(client);
  for (const node of nodesOf(client)) {
    const added = Buffer.byteLength(prefixOf(node));
    const spared = spares.map((spare) => ofClient + spare);
    for await (const keys of pages(node, ofClient + prefix, spared)) {
      // Of different slots in a cluster: one by one, sent together.
      const counts = await Promise.all(keys.map((key) => node.unlink(key.subarray(added))));
      removed?.(counts.reduce((sum, count) => sum + count, 0));
    }
  }
}

/** The servers that hold keys. */
export function nodesOf(client: RedisClient): readonly Redis[] {
  return client.isCluster ? (client as unknown as Cluster).nodes('master') : [client as Redis];
}

/** All of a cluster that is connected, those with copies, too. */
export function serversOfCluster(client: RedisClient): readonly HostPort[] {
  return (client as unknown as Cluster)
    .nodes('all')
    .map(({ options: { host, port } }) => ({ host: host!, port: port! }));
}

/** What ioredis puts before every key of a command; SCAN and MEMORY USAGE are none to it. */
function prefixOf(client: RedisClient | Redis): string {
  return client.options.keyPrefix ?? '';
}

/** Without those that begin with what is spared. While Redis grows or shrinks its table, SCAN may give a key twice. */
async function* pages(node: Redis, prefix: string, spared: readonly string[] = []): AsyncGenerator<Buffer[]> {
  const others = spared.filter((spare) => spare.startsWith(prefix)).map((spare) => Buffer.from(spare));
  const isOther = (key: Buffer) => others.some((other) => key.subarray(0, other.length).equals(other));
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, String.raw`\$&`)}*`;
  let cursor = '0';
  do {
    const [next, keys] = await node.scanBuffer(cursor, 'MATCH', pattern, 'COUNT', pageLength);
    const own = others.length === 0 ? keys : keys.filter((key) => !isOther(key));
    if (own.length > 0) yield own;
    cursor = next.toString();
  } while (cursor !== '0');
}
