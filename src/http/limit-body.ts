import { HttpError } from './http-error.js';

/** The largest body anywhere unless another limit is given. */
export const defaultMaxBodyBytes = 10 * 1024 * 1024;

/** Node passes an abort on from request to request only while each of them is held. */
const origins = new WeakMap<Request, Request>();

/** The request with a body that fails with BODY_TOO_LARGE after `maxBytes`; throws it at once when the length is known. */
export function limitBody(request: Request, maxBytes: number): Request {
  if (request.body === null) return request;
  const declared = Number(request.headers.get('content-length') ?? Number.NaN);
  if (declared > maxBytes) throw bodyTooLarge(maxBytes);
  // A declared length is kept by the HTTP parser and by requestFromWire, so only an unknown one must be counted.
  if (declared >= 0) return request;
  const limited = new Request(request, {
    method: request.method,
    body: request.body.pipeThrough(limitBytes(maxBytes)),
    duplex: 'half',
  });
  origins.set(limited, request);
  return limited;
}

/** All bytes of a body, or null when there are none; throws BODY_TOO_LARGE beyond `maxBytes` and cancels the rest. */
export async function readBytes(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array | null> {
  if (body === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.pipeThrough(limitBytes(maxBytes))) chunks.push(chunk);
  return chunks.length === 0 ? null : Buffer.concat(chunks);
}

/** Lets that many bytes pass, then fails with BODY_TOO_LARGE. */
export function limitBytes(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw bodyTooLarge(maxBytes);
      controller.enqueue(chunk);
    },
  });
}

function bodyTooLarge(maxBytes: number): HttpError {
  return new HttpError('BODY_TOO_LARGE', `the body is larger than ${maxBytes} bytes`, { details: { maxBytes } });
}
