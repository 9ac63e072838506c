import { type ErrorCodeOf, farErrorOf, PyWattError, type PyWattErrorOptions } from '../foundation/index.js';

/** A token could not be signed or was refused. The message says why; it never holds a token, a key or a claim's value. */
export class JwtError extends PyWattError<'jwt'> {
  constructor(code: ErrorCodeOf<'jwt'>, message: string, options?: PyWattErrorOptions) {
    super('jwt', code, message, options);
  }
}

/** What a failed call to the orchestrator's tokens means to the user. */
export function jwtErrorFrom(error: unknown): JwtError {
  return farErrorOf(error, 'tokens', { family: 'jwt', errorClass: JwtError, codeForWire, otherwise: 'OPERATION' });
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
