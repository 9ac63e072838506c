import { isWellFormed } from '../foundation/index.js';
import { CacheError } from './cache-error.js';

const shownCharacters = 80;

/** A key as messages show it: quoted, control characters escaped, long ones cut. */
export function shownKey(key: string): string {
  return JSON.stringify(key.length > shownCharacters ? `${key.slice(0, shownCharacters)}…` : key);
}

/**
 * Any well-formed Unicode text of at least one character is a key: spaces, newlines and NUL too. The empty key is
 * refused because it is nearly always an id that was never set; half a surrogate pair because no backend but memory
 * could tell it from another. Throws CacheError OPERATION; `where` names the cache.
 */
export function checkKey(key: unknown, where: string): asserts key is string {
  if (typeof key !== 'string') throw new CacheError('OPERATION', `${where}: a key must be text, not ${typeof key}`);
  if (key === '') throw new CacheError('OPERATION', `${where}: the key is empty; give the entry a name`);
  if (!isWellFormed(key)) {
    throw new CacheError(
      'OPERATION',
      `${where}: the key ${shownKey(key)} is not well-formed Unicode (half a surrogate pair)`,
    );
  }
}

/**
 * A namespace is what stands before the first `:` of a key: `users` of `users:42` and of `users:42:name`. So every key
 * is in one namespace or in none, and no namespace can reach into another. The name itself therefore has no `:`.
 * Throws CacheError OPERATION; `where` names the cache.
 */
export function checkNamespace(namespace: unknown, where: string): asserts namespace is string {
  checkKey(namespace, where);
  if (!namespace.includes(':')) return;
  const message = `${where}: the namespace ${shownKey(namespace)} contains ':'; a namespace is what stands before the first ':' of a key`;
  throw new CacheError('OPERATION', message);
}
