import { OutageBreaker } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';

/** Before the logins to the server of the database of that name. Logins that it refuses count for nothing. */
export function connectBreaker(database: string): OutageBreaker {
  return new OutageBreaker(isAway, (why, cause) => {
    const message = `database '${database}': no connection is tried: ${why}`;
    return new DatabaseError('CONNECTION', message, { retryable: true, cause });
  });
}

/** A password that is refused and may be about to change names its secret. */
function isAway(error: unknown): boolean {
  if (!(error instanceof DatabaseError) || error.code !== 'CONNECTION') return false;
  return error.retryable && error.details['secret'] === undefined;
}
