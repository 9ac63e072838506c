import { packedPlace, placeBytes, unpackedPlace } from './memcached-places.js';

/** An entry as it stands in memcached: a value with what memcached itself cannot keep. */
export interface MemcachedEntry {
  readonly value: Uint8Array;
  /** Milliseconds since 1970; Infinity without a ttl. */
  readonly expiresAt: number;
  /** What it was written with, for those that are renewed; Infinity without one. */
  readonly ttlMs: number;
  /** The versions it was written under, by their places: it is alive as long as all of them are in force. */
  readonly versions: ReadonlyMap<string, Buffer>;
}

export const versionBytes = 8;
const mark = Buffer.from('pyw1');
const expiresAtAt = mark.length;
const ttlAt = expiresAtAt + 8;
const countAt = ttlAt + 8;
const versionsAt = countAt + 2;
const stampBytes = placeBytes + versionBytes;

/** The mark `pyw1`, expiry and ttl as doubles, how many versions in two bytes, each as place and version, the value. */
export function encodeEntry({ value, expiresAt, ttlMs, versions }: MemcachedEntry): Buffer {
  const header = Buffer.alloc(versionsAt);
  mark.copy(header);
  header.writeDoubleBE(expiresAt, expiresAtAt);
  header.writeDoubleBE(ttlMs, ttlAt);
  header.writeUInt16BE(versions.size, countAt);
  const stamps = [...versions].flatMap(([place, version]) => [packedPlace(place), version]);
  return Buffer.concat([header, ...stamps, value]);
}

/** Undefined for bytes that are no entry. */
export function decodeEntry(bytes: Buffer): MemcachedEntry | undefined {
  if (bytes.length < versionsAt || !bytes.subarray(0, mark.length).equals(mark)) return undefined;
  const valueAt = versionsAt + bytes.readUInt16BE(countAt) * stampBytes;
  if (bytes.length < valueAt) return undefined;
  const versions = new Map<string, Buffer>();
  for (let at = versionsAt; at < valueAt; at += stampBytes) {
    const place = unpackedPlace(bytes.subarray(at, at + placeBytes));
    versions.set(place, bytes.subarray(at + placeBytes, at + stampBytes));
  }
  return {
    value: bytes.subarray(valueAt),
    expiresAt: bytes.readDoubleBE(expiresAtAt),
    ttlMs: bytes.readDoubleBE(ttlAt),
    versions,
  };
}
