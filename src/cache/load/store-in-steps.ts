import type { HeldLease, LeasableStore } from './leasable-store.js';
import { leaseLock } from './lease-lock.js';
import { leaseMs } from './leasing-store.js';

/**
 * `storeLoaded` of a backend that cannot look at the lock, write the entry and free the lock at once: what was written when
 * somebody elsewhere had just ended the lock is taken away again. `write` says whether it did.
 */
export async function storeInSteps(
  store: Pick<LeasableStore, 'extendLock' | 'unlock' | 'delete'>,
  key: string,
  lease: HeldLease,
  write: () => Promise<boolean>,
): Promise<boolean> {
  const lock = leaseLock(key);
  if (!(await store.extendLock(lock, lease.token, leaseMs, lease.tags)) || lease.isEnded) return false;
  if (!(await write())) return false;
  const isCurrent = await store.unlock(lock, lease.token);
  // Whoever ended it in this process has written since.
  if (!isCurrent && !lease.isEnded) await store.delete(key);
  return isCurrent;
}
