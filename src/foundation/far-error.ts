import type { ErrorCodeOf, ErrorFamily } from './error-codes.js';
import { messageOf, PyWattError, type PyWattErrorOptions, type WireError } from './pywatt-error.js';

/** How what a call to the orchestrator failed with becomes an error of one family. */
export interface FarErrorRules<F extends ErrorFamily, E extends PyWattError<F>> {
  readonly family: F;
  readonly errorClass: new (code: ErrorCodeOf<F>, message: string, options?: PyWattErrorOptions) => E;
  readonly codeForWire: (code: ErrorCodeOf<'wire'>) => ErrorCodeOf<F>;
  /** For what is of no family that says more. */
  readonly otherwise: ErrorCodeOf<F>;
}

/** The orchestrator's own error with its code and details, or the one that stands for a failure of the wire, of `what`. */
export function farErrorOf<F extends ErrorFamily, E extends PyWattError<F>>(
  error: unknown,
  what: string,
  { family, errorClass, codeForWire, otherwise }: FarErrorRules<F, E>,
): E {
  if (error instanceof errorClass) return error;
  const message = `${what}: ${messageOf(error)}`;
  if (!PyWattError.is(error)) return new errorClass(otherwise, message, { cause: error });
  const options = { retryable: error.retryable, details: error.details, cause: error };
  if (error.family === family) return new errorClass((error as PyWattError<F>).code, error.message, options);
  return new errorClass(error.family === 'wire' ? codeForWire((error as WireError).code) : otherwise, message, options);
}
