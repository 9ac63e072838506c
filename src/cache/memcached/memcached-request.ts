/**
 * Marks one version of an item (CAS). It is of use only on the connection that read it: after a restart memcached counts
 * from 1 again, and another version may have the same bytes.
 */
export interface CasMark {
  readonly bytes: Buffer;
  readonly connection: object;
}

/** A request of memcached's binary protocol. Places are its keys. */
export interface MemcachedRequest {
  readonly opcode: number;
  readonly place: string;
  readonly extras?: Buffer;
  readonly value?: Uint8Array;
  /** Done only to the version of the item that has this mark; `exists` for another one. */
  readonly cas?: CasMark | undefined;
}

export interface MemcachedReply {
  readonly status: number;
  /** Of the version of the item that was read. */
  readonly cas: CasMark;
  readonly value: Buffer;
}

/** Statuses of replies. */
export const memcachedStatus = {
  ok: 0x00,
  notFound: 0x01,
  exists: 0x02,
  tooLarge: 0x03,
  notStored: 0x05,
  outOfMemory: 0x82,
  busy: 0x85,
  temporaryFailure: 0x86,
} as const;

const longestRelativeSeconds = 30 * 24 * 60 * 60;
const latestSecond = 2 ** 31 - 1;

/**
 * The expiration of an item that is of use for `leftMs`: whole seconds, never too early though memcached's clock ticks
 * once a second; a point in time from 30 days on, as memcached reads it; 0, which is none, for what lies beyond its years.
 */
export function expirationOf(leftMs: number, spareSeconds = 2): number {
  if (leftMs === Infinity) return 0;
  const seconds = Math.ceil(Math.max(0, leftMs) / 1000) + spareSeconds;
  if (seconds <= longestRelativeSeconds) return seconds;
  const at = Math.floor(Date.now() / 1000) + seconds;
  return at > latestSecond ? 0 : at;
}

export function getItem(place: string): MemcachedRequest {
  return { opcode: 0x00, place };
}

/** Stores in any case. When memcached refuses the item, an old one is gone, too. */
export function setItem(place: string, value: Uint8Array, expiration: number): MemcachedRequest {
  return { opcode: 0x01, place, value, extras: storeExtras(expiration) };
}

/** Stores where nothing is; `exists` otherwise. */
export function addItem(place: string, value: Uint8Array, expiration: number): MemcachedRequest {
  return { opcode: 0x02, place, value, extras: storeExtras(expiration) };
}

/** Stores where something is; `notFound` otherwise. When memcached refuses the item, the old one stays. */
export function replaceItem(place: string, value: Uint8Array, expiration: number, cas?: CasMark): MemcachedRequest {
  return { opcode: 0x03, place, value, cas, extras: storeExtras(expiration) };
}

export function deleteItem(place: string, cas?: CasMark): MemcachedRequest {
  return { opcode: 0x04, place, cas };
}

/**
 * Counts by one; where no counter is, one begins at `first`, or is `notStored` when somebody else began it just then. The
 * reply holds it in 8 bytes.
 */
export function countItem(place: string, first: bigint): MemcachedRequest {
  const extras = Buffer.alloc(20);
  extras.writeBigUInt64BE(1n, 0);
  extras.writeBigUInt64BE(first, 8);
  return { opcode: 0x05, place, extras };
}

/** Does nothing. */
export const noOperation: MemcachedRequest = { opcode: 0x0a, place: '' };

/** Flags, which nobody reads, and the expiration. */
function storeExtras(expiration: number): Buffer {
  const extras = Buffer.alloc(8);
  extras.writeUInt32BE(expiration, 4);
  return extras;
}
