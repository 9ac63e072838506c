import { messageOf } from '../foundation/index.js';
import type { HttpRequestMessage, HttpResponseMessage } from '../wire/index.js';
import { HttpError } from './http-error.js';
import { defaultMaxBodyBytes, readBytes } from './limit-body.js';
import { requestOrigin } from './request-origin.js';
import type { WireBody } from './wire-body.js';
import { headersFromWire, headersToWire } from './wire-headers.js';

export type WireRequest = Omit<HttpRequestMessage, 'op' | 'request_id'>;
export type WireResponse = Omit<HttpResponseMessage, 'op' | 'request_id'>;

/** The longest a Rust module's URI parser takes. */
const maxUriLength = 65_534;
/** What that parser takes in a path and query; it ends the module over anything else (DEFECTS R12). */
const outsideUri = /[^\x21\x24-\x3b\x3d\x3f-\x5f\x61-\x7a\x7c\x7e]+/gu;
const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** The answers that have no body, whatever follows their headers. */
export const statusesWithoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

/** A request without its body, as the wire carries it. */
export type WireRequestHead = Omit<WireRequest, 'body' | 'body_stream'>;
export type WireResponseHead = Omit<WireResponse, 'body' | 'body_stream'>;

/**
 * What the wire carries of a request to `uri` (path and query) beside its body. Headers of the connection stay behind.
 * Throws REQUEST_INVALID before anything is sent that would break the peer.
 */
export function requestHeadToWire(request: Request, uri: string): WireRequestHead {
  return { method: request.method, uri: checkedUri(uri), ...headersToWire(request.headers) };
}

/**
 * The request a wire message describes, with `body` in place of its own when that came as a stream; its `x-request-id`
 * is the message's id unless it has its own. Throws REQUEST_INVALID when the message describes none.
 */
export function requestFromWire(
  message: WireRequest & { readonly request_id?: string },
  signal?: AbortSignal,
  body: WireBody = message.body,
): Request {
  const { method, uri, request_id: id } = message;
  if (!token.test(method)) throw new HttpError('REQUEST_INVALID', 'the method of the request is not an HTTP method');
  const path = checkedUri(uri);
  try {
    const headers = headersFromWire(message);
    if (id !== undefined && !headers.has('x-request-id')) headers.set('x-request-id', id);
    const isStream = body instanceof ReadableStream;
    const hasBody = body !== null && (isStream || body.byteLength > 0) && method !== 'GET' && method !== 'HEAD';
    if (hasBody && !isStream) headers.set('content-length', String(body.byteLength));
    const init: RequestInit = {
      method,
      headers,
      ...(signal && { signal }),
      ...(hasBody && { body: body as Uint8Array<ArrayBuffer> | ReadableStream, duplex: 'half' as const }),
    };
    return new Request(`${requestOrigin(headers.get('host'))}${path}`, init);
  } catch (cause) {
    throw new HttpError('REQUEST_INVALID', `the request is not valid HTTP: ${messageOf(cause)}`, { cause });
  }
}

/** What the wire carries of a response beside its body. */
export function responseHeadToWire(response: Response): WireResponseHead {
  return { status_code: response.status, ...headersToWire(response.headers) };
}

/** A response as the wire carries it, its body whole. Throws BODY_TOO_LARGE beyond `maxBodyBytes` (10 MiB). */
export async function responseToWire(response: Response, maxBodyBytes = defaultMaxBodyBytes): Promise<WireResponse> {
  return { ...responseHeadToWire(response), body: await readBytes(response.body, maxBodyBytes) };
}

/**
 * The response a wire message describes, with `body` in place of its own when that came as a stream. Throws
 * RESPONSE_INVALID, best answered with 502, when it describes none.
 */
export function responseFromWire(message: WireResponse, body: WireBody = message.body): Response {
  const { status_code: status } = message;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new HttpError(
      'RESPONSE_INVALID',
      `the module answered with the status ${status}, which is not one of 200 to 599`,
    );
  }
  try {
    const content = statusesWithoutBody.has(status) ? null : (body as Uint8Array<ArrayBuffer> | ReadableStream | null);
    return new Response(content, { status, headers: headersFromWire(message) });
  } catch (cause) {
    throw new HttpError('RESPONSE_INVALID', `the module answered with a header that is none: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function checkedUri(uri: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what must not pass
  if (!uri.startsWith('/') || /[\s#\x00-\x1f\x7f\p{Surrogate}]/u.test(uri)) {
    throw new HttpError(
      'REQUEST_INVALID',
      'the path of a request begins with / and has no spaces, control characters or #',
    );
  }
  const encoded = uri.replaceAll(outsideUri, encodeURIComponent);
  if (encoded.length > maxUriLength)
    throw new HttpError('REQUEST_INVALID', `the path and query are longer than ${maxUriLength} bytes`);
  return encoded;
}
