import { WireError } from '../foundation/index.js';

/** What was done and has no room for its result must not be taken for what was not done and may be done again. */
export function lostAnswer(error: unknown): unknown {
  if (!WireError.is(error) || error.code !== 'BACKPRESSURE') return error;
  return new WireError('CALL_TIMEOUT', `it was done, but its result was lost: ${error.message}`, { cause: error });
}
