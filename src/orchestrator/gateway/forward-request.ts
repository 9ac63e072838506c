import { randomUUID } from 'node:crypto';
import { type Logger, PyWattError } from '../../foundation/index.js';
import { type HttpClient, HttpError, requestBodyToWire, requestHeadToWire } from '../../http/index.js';
import { wasNeverSent } from '../../wire/index.js';
import type { GatewayConfig } from '../config/orchestrator-config.js';
import type { SupervisedModule } from '../supervisor/supervised-module.js';
import { errorAnswer, retryAfter } from './gateway-answers.js';

export interface ForwardOptions {
  readonly limits: Pick<GatewayConfig, 'requestTimeoutMs' | 'maxBodyBytes'>;
  readonly client: HttpClient;
}

/**
 * Sends a request to `uri` (path and query) of a module over the wire. Always answers: 503 with Retry-After at once
 * while the module is not running or when it was found gone, 413 for too large a body, 504 when it takes too long, 502
 * when the module goes away over it.
 */
export async function forwardRequest(
  request: Request,
  module: SupervisedModule,
  uri: string,
  { limits, logger, client }: ForwardOptions & { readonly logger: Logger },
): Promise<Response> {
  const requestId = requestIdOf(request);
  const answer = await tryForward(request, requestId, module, uri, { limits, client }).catch((error: unknown) => {
    const failure = toAnswer(error);
    // What a client did wrong is told to it; in our log it would only be noise that anyone can make.
    if (failure.status >= 500 && !request.signal.aborted)
      logger.warn('a request failed', { module: module.config.id, requestId, method: request.method, error });
    return failure;
  });
  if (!answer.headers.has('x-request-id')) answer.headers.set('x-request-id', requestId);
  return answer;
}

async function tryForward(
  request: Request,
  requestId: string,
  module: SupervisedModule,
  uri: string,
  { limits, client }: ForwardOptions,
): Promise<Response> {
  const { takesStreams } = module.http ?? {};
  if (takesStreams === undefined) return unavailable(module);
  const { maxBodyBytes } = limits;
  // At once: a client that announces too much must not have to send it first.
  if (Number(request.headers.get('content-length')) > maxBodyBytes) {
    throw new HttpError('BODY_TOO_LARGE', `the body is larger than ${maxBodyBytes} bytes`, {
      details: { maxBodyBytes },
    });
  }
  const head = requestHeadToWire(request, uri);
  const body = await requestBodyToWire(request, { maxBodyBytes, mayStream: takesStreams });
  // The body may have taken its time, and the module may have been started again meanwhile.
  const { http } = module;
  if (http === undefined) {
    if (body instanceof ReadableStream) await body.cancel();
    return unavailable(module);
  }
  const headers = {
    ...head.headers,
    ...forwardedHeaders(request, module.config.id, client),
    'x-request-id': requestId,
  };
  return http.send({ ...head, headers, body }, { timeoutMs: limits.requestTimeoutMs, signal: request.signal });
}

function unavailable(module: SupervisedModule): Response {
  const { id, state } = module.status;
  const retryMs = module.retryAfterMs;
  const message = `module '${id}' is ${state}${retryMs === undefined ? '' : ': try again shortly'}`;
  return errorAnswer(503, 'MODULE_UNAVAILABLE', message, retryMs === undefined ? {} : retryAfter(retryMs));
}

function toAnswer(error: unknown): Response {
  if (!PyWattError.is(error)) return errorAnswer(502, 'MODULE_UNAVAILABLE', 'the request could not be carried out');
  const { code, message } = error;
  switch (code) {
    case 'CHANNEL_CLOSED':
      // Nobody has noticed yet that the module has ended; what was not sent to it may be tried again.
      return wasNeverSent(error)
        ? errorAnswer(503, 'MODULE_UNAVAILABLE', 'the module has just ended: try again shortly', retryAfter(0))
        : errorAnswer(502, code, message);
    case 'BODY_TOO_LARGE':
    case 'LINE_TOO_LONG':
      return errorAnswer(413, code, message);
    case 'CALL_TIMEOUT':
      return errorAnswer(504, code, message);
    case 'RESPONSE_INVALID':
    case 'MESSAGE_INVALID':
      // Its message may quote what the module sent; that is for the log.
      return errorAnswer(502, 'RESPONSE_INVALID', 'the module answered with something that is no HTTP response');
    case 'BACKPRESSURE':
      return errorAnswer(503, code, message, retryAfter(0));
    default:
      return error instanceof HttpError && error.code === 'REQUEST_INVALID'
        ? errorAnswer(400, code, message)
        : errorAnswer(502, code, message);
  }
}

/** What the module cannot see of the way a request came. What an earlier proxy said is kept. */
function forwardedHeaders(request: Request, moduleId: string, client: HttpClient): Record<string, string> {
  const { host, protocol } = new URL(request.url);
  const hops = [request.headers.get('x-forwarded-for'), client.address].filter((hop) => hop);
  return {
    ...(hops.length > 0 && { 'x-forwarded-for': hops.join(', ') }),
    'x-forwarded-host': request.headers.get('x-forwarded-host') ?? request.headers.get('host') ?? host,
    'x-forwarded-proto': request.headers.get('x-forwarded-proto') ?? protocol.slice(0, -1),
    'x-forwarded-prefix': `${request.headers.get('x-forwarded-prefix') ?? ''}/${moduleId}`,
  };
}

function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id') ?? '';
  return /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}
