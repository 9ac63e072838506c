/**
 * Leases are locks beside those of users. A name that begins with NUL and another character is a lease; users' own that
 * begin with NUL get one more.
 */
export function leaseLock(key: string): string {
  return `\0load:${key}`;
}

/** The name of a user's lock. */
export function userLock(key: string): string {
  return key.startsWith('\0') ? `\0${key}` : key;
}
