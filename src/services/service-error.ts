import {
  type ErrorCodeOf,
  type FailedField,
  messageOf,
  PyWattError,
  type PyWattErrorOptions,
  type WireError,
} from '../foundation/index.js';
import { wasNeverSent } from '../wire/index.js';

/**
 * A call to a service failed. The message names service and operation, never a parameter value. An implementation may
 * throw one to say itself what `code`, `details` and `retryable` the caller gets; whatever else it throws is FAILED.
 */
export class ServiceError extends PyWattError<'service'> {
  constructor(code: ErrorCodeOf<'service'>, message: string, options?: PyWattErrorOptions) {
    super('service', code, message, options);
  }
}

/** Params or a result that its class refuses, or that JSON cannot carry. */
export function invalidPayload(
  code: 'INVALID_PARAMS' | 'INVALID_RESULT',
  what: string,
  fields: readonly FailedField[],
  cause?: unknown,
): ServiceError {
  const list = fields.map(({ field, messages }) => `${field && `${field}: `}${messages.join(', ')}`).join('; ');
  return new ServiceError(code, `${what} are not valid: ${list || 'a transform of the class failed'}`, {
    details: { fields: [...fields] },
    cause,
  });
}

/** What the caller gets for what an implementation threw; `what` names service and operation. */
export function failureOf(error: unknown, what: string): ServiceError {
  if (error instanceof ServiceError) return error;
  const message = `${what}: ${messageOf(error)}`;
  if (!PyWattError.is(error)) {
    const code = (error as { code?: unknown } | null | undefined)?.code;
    return new ServiceError('FAILED', message, { details: typeof code === 'string' ? { code } : {}, cause: error });
  }
  if (error.family === 'service') return rebuilt(error as PyWattError<'service'>);
  const { family, code, retryable } = error;
  return new ServiceError('FAILED', message, { retryable, details: { ...error.details, family, code }, cause: error });
}

/**
 * What a failed call over a connection means to the caller: the far end's ServiceError, or the one that stands for a
 * failure of the wire: retryable only when the call was never sent, OUTCOME_UNKNOWN when its answer was lost.
 */
export function serviceErrorFrom(error: unknown, what: string): ServiceError {
  if (!PyWattError.is(error) || error.family !== 'wire') return failureOf(error, what);
  const isLost = error.code === 'CHANNEL_CLOSED' && !wasNeverSent(error);
  const code = isLost ? 'OUTCOME_UNKNOWN' : codeForWire((error as WireError).code);
  const isRetryable = code === 'BUSY' || error.code === 'CHANNEL_CLOSED';
  const options = { retryable: isRetryable && !isLost, details: error.details, cause: error };
  return new ServiceError(code, `${what}: ${error.message}`, options);
}

function rebuilt(error: PyWattError<'service'>): ServiceError {
  const { retryable, details } = error;
  return new ServiceError(error.code, error.message, { retryable, details, cause: error });
}

function codeForWire(code: ErrorCodeOf<'wire'>): ErrorCodeOf<'service'> {
  switch (code) {
    case 'CONNECTION':
    case 'CHANNEL_CLOSED':
    case 'PEER_REFUSED':
      return 'CONNECTION';
    case 'BACKPRESSURE':
      return 'BUSY';
    case 'CALL_TIMEOUT':
      return 'TIMEOUT';
    case 'CANCELLED':
      return 'ABORTED';
    case 'MESSAGE_INVALID':
    case 'LINE_TOO_LONG':
      return 'SERIALIZATION';
    default:
      return 'FAILED';
  }
}
