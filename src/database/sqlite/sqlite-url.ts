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
  switch (scheme) {
    case 'postgres':
    case 'postgresql':
    case 'mysql':
    case 'mariadb':
    case 'pglite':
      return `${scheme}: URLs come with a later version of this package; this one opens sqlite:./file.db and sqlite::memory:`;
    case undefined:
      return 'its URL has no scheme; write sqlite:./file.db or sqlite::memory:';
    default:
      return `there is no engine for ${scheme}: URLs; write sqlite:./file.db or sqlite::memory:`;
  }
}
