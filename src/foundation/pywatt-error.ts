import type { ErrorCode, ErrorCodeOf, ErrorFamily } from './error-codes.js';
import type { JsonObject } from './json.js';

const brand = Symbol.for('@pywatt/sdk/error');

export interface PyWattErrorOptions {
  /** Whether the same call may succeed if it is made again. Default false. */
  retryable?: boolean;
  /** JSON-safe facts for programs: names, SQLSTATE, counts. Never a secret, a token or a parameter value. */
  details?: JsonObject;
  cause?: unknown;
}

/**
 * The base of every error this package throws. `message` says what happened, to which named thing, and what to do.
 * Recognise one with `PyWattError.is(error)`: a symbol brand, so it also works across two copies of the package.
 */
export class PyWattError<F extends ErrorFamily = ErrorFamily> extends Error {
  readonly family: F;
  readonly code: ErrorCodeOf<F>;
  readonly retryable: boolean;
  readonly details: JsonObject;

  constructor(family: F, code: ErrorCodeOf<F>, message: string, options: PyWattErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.family = family;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }

  static is(value: unknown): value is PyWattError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }

  toJSON(): JsonObject {
    return {
      name: this.name,
      code: this.code satisfies ErrorCode,
      message: this.message,
      retryable: this.retryable,
      details: this.details,
    };
  }
}

/** The graph, the configuration or the start of a module failed; nothing is left running. */
export class BootError extends PyWattError<'boot'> {
  constructor(code: ErrorCodeOf<'boot'>, message: string, options?: PyWattErrorOptions) {
    super('boot', code, message, options);
  }
}

/** A message, a channel or a call on the wire failed. */
export class WireError extends PyWattError<'wire'> {
  constructor(code: ErrorCodeOf<'wire'>, message: string, options?: PyWattErrorOptions) {
    super('wire', code, message, options);
  }
}

/** A value somebody wrote (a duration, a size, a name) is not in the form asked for. */
export class ValueError extends PyWattError<'value'> {
  constructor(message: string, options?: PyWattErrorOptions) {
    super('value', 'INVALID_VALUE', message, options);
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'something that has no text was thrown';
  }
}
