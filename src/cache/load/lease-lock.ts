const leasePrefix = '\0load:';

/**
 * Leases are locks beside those of users. A name that begins with NUL and another character is a lease; users' own that
 * begin with NUL get one more.
 */
export function leaseLock(key: string): string {
  return `${leasePrefix}${key}`;
}

/** What a lock is of, for messages. */
export function lockedKey(lock: string): string {
  if (lock.startsWith(leasePrefix)) return lock.slice(leasePrefix.length);
  return lock.startsWith('\0') ? lock.slice(1) : lock;
}

/** The name of a user's lock. */
export function userLock(key: string): string {
  return key.startsWith('\0') ? `\0${key}` : key;
}
