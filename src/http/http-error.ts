import { type ErrorCodeOf, PyWattError, type PyWattErrorOptions } from '../foundation/index.js';

/**
 * HTTP failed: a request that is not as it must be (VALIDATION_FAILED with `details.fields`, BODY_MALFORMED,
 * BODY_TYPE_UNSUPPORTED, BODY_TOO_LARGE, REQUEST_INVALID, UNAUTHORIZED, FORBIDDEN), an answer that is not (RESPONSE_INVALID), or a server that
 * cannot listen (LISTEN_FAILED).
 */
export class HttpError extends PyWattError<'http'> {
  constructor(code: ErrorCodeOf<'http'>, message: string, options?: PyWattErrorOptions) {
    super('http', code, message, options);
  }
}
