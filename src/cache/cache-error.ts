import {
  type ErrorCodeOf,
  messageOf,
  PyWattError,
  type PyWattErrorOptions,
  type WireError,
} from '../foundation/index.js';

/** A cache could not do what it was asked. The message names the cache and, where there is one, the key. */
export class CacheError extends PyWattError<'cache'> {
  constructor(code: ErrorCodeOf<'cache'>, message: string, options?: PyWattErrorOptions) {
    super('cache', code, message, options);
  }
}

/**
 * What a failed call to the orchestrator's cache means to the user: the orchestrator's own CacheError with its code and
 * details, or the CacheError that stands for a failure of the wire.
 */
export function cacheErrorFrom(error: unknown, cacheName: string): CacheError {
  if (error instanceof CacheError) return error;
  const what = `cache '${cacheName}': ${messageOf(error)}`;
  if (!PyWattError.is(error)) return new CacheError('OPERATION', what, { cause: error });
  const options = { retryable: error.retryable, details: error.details, cause: error };
  if (error.family === 'cache') return new CacheError((error as PyWattError<'cache'>).code, error.message, options);
  return new CacheError(error.family === 'wire' ? codeForWire((error as WireError).code) : 'OPERATION', what, options);
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
