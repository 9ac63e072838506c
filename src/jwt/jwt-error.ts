import {
  type ErrorCodeOf,
  messageOf,
  PyWattError,
  type PyWattErrorOptions,
  type WireError,
} from '../foundation/index.js';

/** A token could not be signed or was refused. The message says why; it never holds a token, a key or a claim's value. */
export class JwtError extends PyWattError<'jwt'> {
  constructor(code: ErrorCodeOf<'jwt'>, message: string, options?: PyWattErrorOptions) {
    super('jwt', code, message, options);
  }
}

/** What a failed call to the orchestrator means to the user: its JwtError, or the one that stands for a failure of the wire. */
export function jwtErrorFrom(error: unknown): JwtError {
  if (error instanceof JwtError) return error;
  const what = `tokens: ${messageOf(error)}`;
  if (!PyWattError.is(error)) return new JwtError('OPERATION', what, { cause: error });
  const options = { retryable: error.retryable, details: error.details, cause: error };
  if (error.family === 'jwt') return new JwtError((error as PyWattError<'jwt'>).code, error.message, options);
  return new JwtError(error.family === 'wire' ? codeForWire((error as WireError).code) : 'OPERATION', what, options);
}

function codeForWire(code: ErrorCodeOf<'wire'>): ErrorCodeOf<'jwt'> {
  switch (code) {
    case 'CONNECTION':
    case 'CHANNEL_CLOSED':
    case 'CIRCUIT_OPEN':
    case 'BACKPRESSURE':
      return 'CONNECTION';
    case 'CALL_TIMEOUT':
    case 'CANCELLED':
      return 'TIMEOUT';
    default:
      return 'OPERATION';
  }
}
