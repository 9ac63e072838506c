import { DatabaseError } from '../database-error.js';

/** Whether a URL means PostgreSQL in this process. */
export function isPgliteUrl(url: string): boolean {
  return /^pglite:/i.test(url);
}

/** The directory of `pglite:./directory`; undefined for `pglite:memory`. Throws CONFIGURATION when it names neither. */
export function pgliteDirectoryOf(url: string, name: string): string | undefined {
  const directory = url.slice('pglite:'.length).replace(/^\/\//, '');
  if (directory === 'memory') return undefined;
  if (directory !== '' && !directory.startsWith(':')) return directory;
  const message = `database '${name}': its URL names no directory; write pglite:./directory or pglite:memory`;
  throw new DatabaseError('CONFIGURATION', message);
}
