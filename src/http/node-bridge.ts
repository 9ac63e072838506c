import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from '../foundation/index.js';
import { invalidRequest } from './error-response.js';
import { requestOrigin } from './request-origin.js';

/** Who sent a request. */
export interface HttpClient {
  /** The address of the peer; undefined when it has gone already. */
  readonly address: string | undefined;
}

/** Answers one request. */
export type HttpFetch = (request: Request, client: HttpClient) => Promise<Response>;

/** How long the unread rest of a request body may take after the answer before its connection is ended. */
const drainMs = 1_000;

/**
 * A listener for node:http that answers with `fetch`. Bodies stream both ways, `request.signal` aborts when the client
 * goes before the answer is out. A response stream that fails is logged; the client gets 500, or the end of the
 * connection when the answer has begun.
 */
export function nodeListener(fetch: HttpFetch, logger: Logger): RequestListener {
  return (incoming, outgoing) => {
    answer(incoming, outgoing, fetch).catch((error: unknown) => {
      const clientWentAway = outgoing.destroyed;
      if (clientWentAway) return;
      logger.error(`the answer to a ${incoming.method} request failed while it was sent`, { error });
      if (outgoing.headersSent) return void outgoing.destroy();
      for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name);
      outgoing
        .writeHead(500, { 'content-type': 'application/json' })
        .end('{"error":"internal error","code":"INTERNAL"}');
    });
  };
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, fetch: HttpFetch): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort(new Error('the client closed the connection before the answer was out'));
    if (!incoming.complete) drain(incoming);
  });
  const request = toRequest(incoming, gone.signal);
  const response = request ? await fetch(request, { address: incoming.socket.remoteAddress }) : invalidRequest();
  await send(response, outgoing, gone.signal);
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = 'GET', url = '/', headersDistinct } = incoming;
  const address = url.startsWith('/') ? `${requestOrigin(incoming.headers.host)}${url}` : url;
  const hasBody = 'transfer-encoding' in incoming.headers || Number(incoming.headers['content-length'] ?? 0) > 0;
  try {
    const headers = new Headers();
    for (const [name, values = []] of Object.entries(headersDistinct))
      for (const value of values) headers.append(name, value);
    const body =
      hasBody && method !== 'GET' && method !== 'HEAD' ? { body: bodyOf(incoming), duplex: 'half' as const } : {};
    return new Request(address, { method, headers, signal, ...body });
  } catch {
    return undefined;
  }
}

/** Reads from the socket only when somebody reads the body, so that Node itself discards one that nobody wanted. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const attach = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const detach = () => incoming.off('data', onData).off('end', onEnd).off('close', onClose);
    const onData = (chunk: Buffer) => {
      incoming.pause();
      controller.enqueue(chunk);
    };
    const onEnd = () => {
      detach();
      controller.close();
    };
    const onClose = () => {
      detach();
      controller.error(new Error('the client closed the connection before its request was complete'));
    };
    incoming.on('data', onData).on('end', onEnd).on('close', onClose);
    return detach;
  };
  let detach: (() => void) | undefined;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        detach ??= attach(controller);
        incoming.resume();
      },
      cancel: () => detach?.(),
    },
    { highWaterMark: 0 },
  );
}

async function send(response: Response, outgoing: ServerResponse, gone: AbortSignal): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
  if (response.body === null) {
    outgoing.end();
    return;
  }
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const cancel = () => void reader.cancel(gone.reason).catch(() => undefined);
  gone.addEventListener('abort', cancel, { once: true });
  if (gone.aborted) cancel();
  // An answer whose first piece is slow to come shows its headers meanwhile.
  const headersFirst = setImmediate(() => outgoing.flushHeaders());
  let over: AbortSignal | undefined;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (outgoing.write(next.value)) continue;
      // The body may end for good while the client takes nothing, and only then would anybody look at it.
      over ??= AbortSignal.any([gone, failureOf(reader)]);
      await once(outgoing, 'drain', { signal: over });
    }
  } finally {
    clearImmediate(headersFirst);
  }
  outgoing.end();
}

/** Aborts when the stream fails. */
function failureOf(reader: ReadableStreamDefaultReader<Uint8Array>): AbortSignal {
  const failed = new AbortController();
  reader.closed.catch((error: unknown) => failed.abort(error));
  return failed.signal;
}

/** An answer may come before the whole request has; closing at once would reset the connection and lose the answer. */
function drain(incoming: IncomingMessage): void {
  const { socket } = incoming;
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), drainMs);
  incoming.once('close', () => clearTimeout(timer));
  incoming.resume();
}
