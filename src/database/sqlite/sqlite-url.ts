import { DatabaseError } from '../database-error.js';

/** The file of `sqlite:./file.db`, or `:memory:`. CONFIGURATION for any other URL; a message never repeats it, it may hold a password. */
export function sqlitePathOf(url: string, database: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== 'sqlite') throw new DatabaseError('CONFIGURATION', `database '${database}': ${reasonFor(scheme)}`);
  const path = url.slice('sqlite:'.length).replace(/^\/\/(?=.)/, '');
  if (path === ':memory:') return path;
  if (path === '' || path.startsWith(':')) {
    throw new DatabaseError(
      'CONFIGURATION',
      `database '${database}': its URL names no file; write sqlite:./file.db or sqlite::memory:`,
    );
  }
  return path;
}

function reasonFor(scheme: string | undefined): string {
  const known = 'write sqlite:./file.db, pglite:./directory, postgres://… or mysql://…';
  return scheme === undefined ? `its URL has no scheme; ${known}` : `there is no engine for ${scheme}: URLs; ${known}`;
}
