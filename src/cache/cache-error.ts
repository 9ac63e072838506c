import { type ErrorCodeOf, farErrorOf, PyWattError, type PyWattErrorOptions } from '../foundation/index.js';
import { wasNeverSent } from '../wire/index.js';

/** A cache could not do what it was asked. The message names the cache and, where there is one, the key. */
export class CacheError extends PyWattError<'cache'> {
  constructor(code: ErrorCodeOf<'cache'>, message: string, options?: PyWattErrorOptions) {
    super('cache', code, message, options);
  }
}

/** What a failed call to the orchestrator's cache means to the user. `isRepeatable`: doing it twice is as good as once. */
export function cacheErrorFrom(error: unknown, cacheName: string, isRepeatable = true): CacheError {
  if (!isRepeatable && PyWattError.is(error) && error.code === 'CHANNEL_CLOSED' && !wasNeverSent(error)) {
    const message = `cache '${cacheName}': ${error.message}; it may have been done`;
    return new CacheError('CONNECTION', message, { details: error.details, cause: error });
  }
  const rules = { family: 'cache', errorClass: CacheError, codeForWire, otherwise: 'OPERATION' } as const;
  return farErrorOf(error, `cache '${cacheName}'`, rules);
}

function codeForWire(code: ErrorCodeOf<'wire'>): ErrorCodeOf<'cache'> {
  switch (code) {
    case 'CONNECTION':
    case 'CHANNEL_CLOSED':
    case 'CIRCUIT_OPEN':
    case 'BACKPRESSURE':
      return 'CONNECTION';
    case 'CALL_TIMEOUT':
    case 'CANCELLED':
      return 'TIMEOUT';
    case 'MESSAGE_INVALID':
      return 'SERIALIZATION';
    case 'PEER_REFUSED':
    case 'LINE_TOO_LONG':
    case 'STREAM_ABORTED':
    case 'STREAM_CORRUPT':
      return 'OPERATION';
  }
}
