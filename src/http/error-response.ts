import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { type ErrorCode, type ErrorCodeOf, type Logger, PyWattError } from '../foundation/index.js';
import { challengeOf } from './challenge.js';
import { HttpError } from './http-error.js';

/** What a client did wrong, by status; every other error is ours, and only the log has its details. */
const clientStatus: Partial<Record<ErrorCodeOf<'http'>, number>> = {
  VALIDATION_FAILED: 400,
  BODY_MALFORMED: 400,
  REQUEST_INVALID: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  BODY_TOO_LARGE: 413,
  BODY_TYPE_UNSUPPORTED: 415,
};

/** What a handler needs is away or has no room; where that is `retryable`, the same request may go well a moment later. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONNECTION',
  'CHANNEL_CLOSED',
  'CIRCUIT_OPEN',
  'BACKPRESSURE',
  'BUSY',
  'POOL',
]);

export type ErrorResponder = (error: unknown, request: Request) => Response;

/** Turns whatever a handler threw into a JSON answer, and logs it when it is not the client's doing. Never throws. */
export function createErrorResponder(logger: Logger): ErrorResponder {
  return (error, request) => {
    const status =
      HttpError.is(error) && error.family === 'http' ? clientStatus[error.code as ErrorCodeOf<'http'>] : undefined;
    const where = `${request.method} ${new URL(request.url).pathname}`;
    if (status !== undefined && HttpError.is(error)) {
      if (error.cause !== undefined) logger.warn(`${where}: the input could not be transformed`, { error });
      const challenge = challengeOf(error.code as ErrorCodeOf<'http'>, error.details);
      return Response.json(
        { error: error.message, code: error.code, ...error.details },
        { status, ...(challenge !== undefined && { headers: { 'www-authenticate': challenge } }) },
      );
    }
    if (request.signal.aborted) {
      logger.debug(`${where}: the client went away`, { error });
      return new Response(null, { status: 499 });
    }
    const requestId = requestIdOf(request);
    if (PyWattError.is(error) && error.retryable && passing.has(error.code)) {
      logger.warn(`${where}: what it needs is not available`, { error, requestId });
      return Response.json({ ...statusBody(503), requestId }, { status: 503, headers: { 'retry-after': '1' } });
    }
    logger.error(`${where} failed`, { error, requestId });
    return Response.json({ error: 'internal error', code: 'INTERNAL', requestId }, { status: 500 });
  };
}

/** For what came as a request and is none. */
export function invalidRequest(): Response {
  return Response.json({ error: 'the request is not valid HTTP', code: 'REQUEST_INVALID' }, { status: 400 });
}

/** The body of an answer that is only a status: `{ error: 'Not Found', code: 'NOT_FOUND' }`. */
export function statusBody(status: number): { error: string; code: string } {
  const error = STATUS_CODES[status] ?? `status ${status}`;
  return { error, code: error.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_') };
}

/** The caller's own id when it is a plain one, so that its logs and ours can be joined. */
function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id') ?? '';
  return /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}
