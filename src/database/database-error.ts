import {
  type ErrorCodeOf,
  errorCodes,
  type JsonObject,
  messageOf,
  PyWattError,
  type PyWattErrorOptions,
} from '../foundation/index.js';
import { wasNeverSent } from '../wire/index.js';

/**
 * A database could not do what it was asked. The message names the database and never holds a parameter value; an error
 * of the engine carries its own code as `details.driverCode` (`SQLITE_CONSTRAINT_UNIQUE`), the same direct and proxied.
 */
export class DatabaseError extends PyWattError<'database'> {
  constructor(code: ErrorCodeOf<'database'>, message: string, options?: PyWattErrorOptions) {
    super('database', code, message, options);
  }
}

/** The parts of an error that cross the wire. */
export interface DatabaseErrorFields {
  readonly code: string;
  readonly message: string;
  readonly retryable?: boolean;
  readonly details?: JsonObject;
}

/** The same error on this side. A code that this version does not know becomes QUERY and is kept as `details.peerCode`. */
export function rebuildDatabaseError(fields: DatabaseErrorFields, cause?: unknown): DatabaseError {
  const known = errorCodes.database.find((code) => code === fields.code);
  const details = known === undefined ? { ...fields.details, peerCode: fields.code } : (fields.details ?? {});
  return new DatabaseError(known ?? 'QUERY', fields.message, { retryable: fields.retryable ?? false, details, cause });
}

/**
 * What a failed call to the orchestrator's database means to the user: the orchestrator's own DatabaseError, or the one
 * that stands for a failure of the wire. `mayRepeat`: the call may as well be made twice.
 */
export function databaseErrorFrom(error: unknown, database: string, mayRepeat = false): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const what = `database '${database}': ${messageOf(error)}`;
  if (!PyWattError.is(error)) return new DatabaseError('QUERY', what, { cause: error });
  if (error.family === 'database') return rebuildDatabaseError(error, error);
  if (error.family === 'wire') {
    const retryable = error.retryable && (mayRepeat || !mayHaveRun(error));
    const options = { details: error.details, retryable, cause: error };
    return new DatabaseError(codeForWire(error as PyWattError<'wire'>), what, options);
  }
  return new DatabaseError('QUERY', what, { details: error.details, cause: error });
}

/** Stands for the failure of a commit, or of a statement by itself, whose answer was lost. */
export function outcomeUnknown(failure: DatabaseError, what: 'commit' | 'statement'): DatabaseError {
  const message = `${failure.message}; whether the ${what} took effect is not known`;
  return new DatabaseError('OUTCOME_UNKNOWN', message, { details: failure.details, cause: failure.cause });
}

/** Stands for the failure of a commit that the server never saw, since the connection had ended before. */
export function notCommitted(failure: DatabaseError): DatabaseError {
  const message = `${failure.message}; the connection had ended before the commit, and the transaction was rolled back`;
  return new DatabaseError('CONNECTION', message, { retryable: true, details: failure.details, cause: failure.cause });
}

/** Whether nobody knows what became of a call that failed so. */
export function mayHaveRun(error: unknown): boolean {
  if (!PyWattError.is(error) || error.family !== 'wire') return false;
  return error.code === 'CALL_TIMEOUT' || (error.code === 'CHANNEL_CLOSED' && !wasNeverSent(error));
}

function codeForWire(error: PyWattError<'wire'>): ErrorCodeOf<'database'> {
  switch (error.code) {
    case 'CONNECTION':
    case 'CHANNEL_CLOSED':
    case 'CIRCUIT_OPEN':
      return 'CONNECTION';
    case 'BACKPRESSURE':
      return 'POOL';
    case 'CALL_TIMEOUT':
      return 'TIMEOUT';
    case 'CANCELLED':
      return 'ABORTED';
    case 'MESSAGE_INVALID':
    case 'LINE_TOO_LONG':
      return 'SERIALIZATION';
    case 'PEER_REFUSED':
    case 'STREAM_ABORTED':
    case 'STREAM_CORRUPT':
      return 'QUERY';
  }
}
