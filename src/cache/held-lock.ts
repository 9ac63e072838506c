import { type Duration, durationMs, sleep } from '../foundation/index.js';
import { CacheError } from './cache-error.js';
import { shownKey } from './cache-key.js';
import type { CacheLock, CacheLockOptions, TakenLock } from './cache-lock.js';
import type { CacheStore } from './cache-store.js';

const [firstWaitMs, longestWaitMs] = [5, 200];

/** Takes a lock of a store, asking again and again until `wait` has passed; null when somebody else still holds it then. */
export async function takeLock(
  store: CacheStore,
  key: string,
  { ttl, wait = '0ms' }: CacheLockOptions,
): Promise<CacheLock | null> {
  const ttlMs = lockMs(store, key, ttl);
  const endsAt = performance.now() + durationMs(wait, 'wait');
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    const taken = await store.lock(key, ttlMs);
    if (taken) return new HeldLock(store, key, taken);
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) return null;
    // Not all at the same moment.
    await sleep(Math.min(leftMs, waitMs * (0.5 + Math.random() / 2)));
  }
}

class HeldLock implements CacheLock {
  readonly token: string;
  readonly fence: number;
  #isReleased = false;

  constructor(
    private readonly store: CacheStore,
    readonly key: string,
    { token, fence }: TakenLock,
  ) {
    this.token = token;
    this.fence = fence;
  }

  async extend(ttl: Duration): Promise<boolean> {
    return this.store.extendLock(this.key, this.token, lockMs(this.store, this.key, ttl));
  }

  async release(): Promise<boolean> {
    this.#isReleased = true;
    return this.store.unlock(this.key, this.token);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isReleased) await this.release();
  }
}

function lockMs(store: CacheStore, key: string, ttl: Duration): number {
  const ms = Math.ceil(durationMs(ttl, 'ttl'));
  if (ms > 0) return Math.min(ms, Number.MAX_SAFE_INTEGER);
  throw new CacheError(
    'OPERATION',
    `cache '${store.name}': the lock ${shownKey(key)} needs a ttl above 0, such as '30s'`,
  );
}
