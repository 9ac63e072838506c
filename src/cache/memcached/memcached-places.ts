import { createHash } from 'node:crypto';

/** How many bytes a place takes when it is packed. */
export const placeBytes = 32;

/**
 * Where things stand in memcached, whose keys have at most 250 bytes and neither spaces nor control characters: the
 * SHA-256 of what they are, so that any key has a place of its own, and nobody's key can be somebody else's version or lock.
 */
export class MemcachedPlaces {
  /** The version of the whole cache. */
  readonly cache: string;
  /** The count of all locks. */
  readonly fence: string;

  constructor(private readonly prefix: string) {
    this.cache = this.#place('cache', '');
    this.fence = this.#place('fence', '');
  }

  entry(key: string): string {
    return this.#place('entry', key);
  }

  /** The version of a namespace. */
  namespace(name: string): string {
    return this.#place('namespace', name);
  }

  /** The version of a tag. */
  tag(name: string): string {
    return this.#place('tag', name);
  }

  lock(key: string): string {
    return this.#place('lock', key);
  }

  /** The versions that an entry of this key depends on, tags apart. */
  scopes(key: string): readonly string[] {
    const nameLength = key.indexOf(':');
    return nameLength === -1 ? [this.cache] : [this.cache, this.namespace(key.slice(0, nameLength))];
  }

  #place(kind: string, name: string): string {
    return createHash('sha256')
      .update(JSON.stringify([this.prefix, kind, name]))
      .digest('base64url');
  }
}

/** A place in few bytes. */
export function packedPlace(place: string): Buffer {
  return Buffer.from(place, 'base64url');
}

export function unpackedPlace(bytes: Buffer): string {
  return bytes.toString('base64url');
}
