import { randomUUID } from 'node:crypto';
import type { TakenLock } from '../cache-lock.js';
import { isDone } from './memcached-error.js';
import type { MemcachedPlaces } from './memcached-places.js';
import {
  addItem,
  type CasMark,
  countItem,
  deleteItem,
  expirationOf,
  getItem,
  type MemcachedReply,
  type MemcachedRequest,
  memcachedStatus,
  replaceItem,
} from './memcached-request.js';
import type { MemcachedServer } from './memcached-server.js';

interface HeldLock {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const { exists, notFound, notStored } = memcachedStatus;
/** memcached must not let go of a lock before its ttl, even when it was held still itself and its clock is behind. */
const spareSeconds = 60;

/**
 * The locks of a cache, all on one server, so that one count of them gives the fences. The count begins with the time in
 * microseconds: more than any count before, should memcached have evicted it, as long as clocks agree and locks are taken
 * less than once a microsecond. A lock that memcached evicts, having no room left, is lost to its holder.
 */
export class MemcachedLocks {
  constructor(
    private readonly server: MemcachedServer,
    private readonly places: MemcachedPlaces,
  ) {}

  /** Undefined when somebody else holds it. */
  async take(key: string, ttlMs: number, endsAt: number): Promise<TakenLock | undefined> {
    const at = this.places.lock(key);
    const token = randomUUID();
    const expiration = expirationOf(ttlMs, spareSeconds);
    const mine = () => encodeLock({ token, expiresAt: Date.now() + ttlMs });
    for (let take: MemcachedRequest = addItem(at, mine(), expiration); ;) {
      // Counted before it is looked at: who still holds it then has a fence that nobody after has reached.
      const count = countItem(this.places.fence, BigInt(Date.now()) * 1000n);
      const [taken, counted, found] = await this.server.exchange([take, count, getItem(at)], endsAt);
      isDone(taken!, exists, notFound);
      const isCounted = isDone(counted!, notStored);
      const item = isDone(found!, notFound) ? found! : undefined;
      const holder = item && decodeLock(item);
      const isMine = holder?.token === token;
      if (isMine && isCounted) return { token, fence: Number(counted!.value.readBigUInt64BE()) };
      if (holder && !isMine && holder.expiresAt > Date.now()) return undefined;
      take = item ? replaceItem(at, mine(), expiration, item.cas) : addItem(at, mine(), expiration);
    }
  }

  async extend(key: string, token: string, ttlMs: number, endsAt: number): Promise<boolean> {
    return this.#asHolder(key, token, endsAt, (at, cas) =>
      replaceItem(at, encodeLock({ token, expiresAt: Date.now() + ttlMs }), expirationOf(ttlMs, spareSeconds), cas),
    );
  }

  async release(key: string, token: string, endsAt: number): Promise<boolean> {
    return this.#asHolder(key, token, endsAt, deleteItem);
  }

  /** Frees these locks, whoever holds them. */
  async drop(keys: readonly string[], endsAt: number): Promise<void> {
    const replies = await this.server.exchange(
      keys.map((key) => deleteItem(this.places.lock(key))),
      endsAt,
    );
    for (const reply of replies) isDone(reply, notFound);
  }

  /** Whether it was still held with this token, and so was done. */
  async #asHolder(
    key: string,
    token: string,
    endsAt: number,
    request: (at: string, cas: CasMark) => MemcachedRequest,
  ): Promise<boolean> {
    const at = this.places.lock(key);
    for (;;) {
      const [found] = await this.server.exchange([getItem(at)], endsAt);
      if (!isDone(found!, notFound)) return false;
      const holder = decodeLock(found!);
      if (holder.token !== token || holder.expiresAt <= Date.now()) return false;
      const [reply] = await this.server.exchange([request(at, found!.cas)], endsAt);
      if (isDone(reply!, exists, notFound)) return true;
    }
  }
}

function encodeLock({ token, expiresAt }: HeldLock): Buffer {
  return Buffer.from(`${expiresAt} ${token}`);
}

function decodeLock({ value }: MemcachedReply): HeldLock {
  const [expiresAt = '', token = ''] = value.toString().split(' ');
  return { token, expiresAt: Number(expiresAt) };
}
