import { DatabaseError } from '../database-error.js';
import { obstacleAt } from './file-obstacle.js';
import type { DriverFailure } from './worker-messages.js';

/** An error of better-sqlite3 as the engine threw it: same name, message and code. */
export class SqliteError extends Error {
  declare readonly code: string | undefined;

  constructor({ name, message, code }: DriverFailure) {
    super(message);
    // As the driver's own: TypeORM copies what is enumerable.
    Object.defineProperty(this, 'name', { value: name, writable: true, configurable: true });
    if (code !== undefined) this.code = code;
  }
}

const closedMessage = 'The database connection is not open';

/** What better-sqlite3 says of a statement on a connection that was closed. */
export function closedConnectionError(): SqliteError {
  return new SqliteError({ name: 'TypeError', message: closedMessage });
}

export function isClosedConnection(error: unknown): boolean {
  return error instanceof Error && error.message === closedMessage;
}

/** As better-sqlite3 itself throws it: what it says of a wrong use are errors of the language. */
export function driverErrorOf(error: SqliteError): Error {
  const { name, message } = error;
  if (name === 'TypeError') return new TypeError(message);
  return name === 'RangeError' ? new RangeError(message) : error;
}

/** Whether somebody else holds the lock that the statement needs, so that it has not run and may be tried again. */
export function isBusy({ code }: { readonly code?: unknown }): boolean {
  return code === 'SQLITE_BUSY' || code === 'SQLITE_BUSY_RECOVERY';
}

/** QUERY with the engine's own code. SQLite's messages name tables and columns, never values. */
export function queryError(error: SqliteError, database: string): DatabaseError {
  const { code, message } = error;
  const advice = code === undefined ? '' : ` (${code})${adviceOn(code)}`;
  return new DatabaseError('QUERY', `database '${database}': ${message}${advice}`, {
    retryable: code !== undefined && /^SQLITE_(BUSY|LOCKED)/.test(code),
    details: code === undefined ? {} : { driverCode: code },
    cause: error,
  });
}

/** What helps where the trouble is with the file and not with the statement. */
function adviceOn(code: string): string {
  const [, kind] = /^SQLITE_(FULL|CORRUPT|NOTADB|IOERR|CANTOPEN|READONLY_DIRECTORY|READONLY$)/.exec(code) ?? [];
  switch (kind) {
    case 'FULL':
      return '; make room on the drive of its file';
    case 'CORRUPT':
    case 'NOTADB':
      return '; its file is damaged, or is no database of SQLite: restore it from a copy';
    case 'IOERR':
    case 'CANTOPEN':
    case 'READONLY_DIRECTORY':
      return '; see that the drive of its file is there, and that its process may write in the directory';
    case 'READONLY':
      return '; the call, its transaction or the file is for reading only';
    default:
      return '';
  }
}

/** CONFIGURATION when the driver package is missing, else CONNECTION naming the file. */
export function openError(failure: DriverFailure, database: string, path: string): DatabaseError {
  const cause = new SqliteError(failure);
  if (
    failure.code === 'ERR_MODULE_NOT_FOUND' ||
    failure.code === 'MODULE_NOT_FOUND' ||
    failure.code === 'ERR_DLOPEN_FAILED'
  ) {
    return new DatabaseError(
      'CONFIGURATION',
      `database '${database}' is SQLite, which needs the package better-sqlite3: run npm install better-sqlite3 (${failure.message})`,
      { cause },
    );
  }
  const details = failure.code === undefined ? { path } : { path, driverCode: failure.code };
  const obstacle = /^SQLITE_(?:CANTOPEN|READONLY)/.test(failure.code ?? '') ? obstacleAt(path) : undefined;
  const advice = obstacle === undefined ? adviceOn(failure.code ?? '') : `; ${obstacle}`;
  const message = `database '${database}' at ${path} cannot be opened: ${failure.message}${advice}`;
  return new DatabaseError('CONNECTION', message, { details, cause });
}

export function readOnlyError(): SqliteError {
  return new SqliteError({
    name: 'SqliteError',
    message: 'attempt to write a readonly database',
    code: 'SQLITE_READONLY',
  });
}
