import { type ErrorCodeOf, PyWattError, type PyWattErrorOptions } from '../foundation/index.js';

/** A secret cannot be read, parsed, written or rotated. Its message and details never contain a value. */
export class SecretError extends PyWattError<'secret'> {
  constructor(code: ErrorCodeOf<'secret'>, message: string, options?: PyWattErrorOptions) {
    super('secret', code, message, options);
  }
}
