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
  checkName(key, 'key', 'give the entry a name', where);
}

function checkName(
  name: unknown,
  what: 'key' | 'tag' | 'namespace',
  cure: string,
  where: string,
): asserts name is string {
  if (typeof name !== 'string')
    throw new CacheError('OPERATION', `${where}: a ${what} must be text, not ${typeof name}`);
  if (name === '') throw new CacheError('OPERATION', `${where}: the ${what} is empty; ${cure}`);
  if (!isWellFormed(name)) {
    throw new CacheError(
      'OPERATION',
      `${where}: the ${what} ${shownKey(name)} is not well-formed Unicode (half a surrogate pair)`,
    );
  }
}

/** So many tags an entry may have. */
const mostTags = 64;

/** A tag is text like a key. Throws CacheError OPERATION; `where` names whose tags they are. */
export function checkTag(tag: unknown, where: string): asserts tag is string {
  checkName(tag, 'tag', 'leave it out', where);
}

/** The tags of one entry, each once. Throws CacheError OPERATION. */
export function checkTags(tags: unknown, where: string): readonly string[] {
  if (!Array.isArray(tags)) throw new CacheError('OPERATION', `${where}: tags are a list of texts, not ${typeof tags}`);
  for (const tag of tags) checkTag(tag, where);
  const distinct = [...new Set(tags as string[])];
  if (distinct.length <= mostTags) return distinct;
  throw new CacheError('OPERATION', `${where}: an entry has at most ${mostTags} tags, not ${distinct.length}`);
}

/**
 * A namespace is what stands before the first `:` of a key: `users` of `users:42` and of `users:42:name`. So every key
 * is in one namespace or in none, and no namespace can reach into another. The name itself therefore has no `:`.
 * Throws CacheError OPERATION; `where` names the cache.
 */
export function checkNamespace(namespace: unknown, where: string): asserts namespace is string {
  checkName(namespace, 'namespace', 'leave it out for the whole cache', where);
  if (!namespace.includes(':')) return;
  const message = `${where}: the namespace ${shownKey(namespace)} contains ':'; a namespace is what stands before the first ':' of a key`;
  throw new CacheError('OPERATION', message);
}
