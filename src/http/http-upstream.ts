import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';
import { Readable } from 'node:stream';
import { messageOf, PyWattError, WireError } from '../foundation/index.js';
import { HttpError } from './http-error.js';
import { statusesWithoutBody, type WireRequestHead } from './http-over-wire.js';
import type { WireBody } from './wire-body.js';
import { headersFromWire, headersToWire } from './wire-headers.js';

/** A request on its way to another server, its headers without those of the connection. */
export interface HttpToUpstream extends WireRequestHead {
  readonly body: WireBody;
}

export interface UpstreamCallOptions {
  /** How long the answer may be waited for; and how long body bytes may not move, in either direction. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const maxSockets = 256;

/** Another HTTP server that requests are passed on to: bodies stream, connections are kept. Whoever made it closes it. */
export class HttpUpstream {
  readonly #host: string;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets });

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /**
   * The answer once its headers are here. Rejects with CALL_TIMEOUT, CHANNEL_CLOSED when there is no connection or it
   * ends early, RESPONSE_INVALID, or the signal's reason. The response's body fails when the connection does.
   */
  async send(request: HttpToUpstream, options: UpstreamCallOptions): Promise<Response> {
    options.signal?.throwIfAborted();
    const outgoing = this.#start(request);
    try {
      return await this.#answerTo(outgoing, request, options);
    } catch (error) {
      // The server ended an idle connection just when it was used again.
      const isStale = outgoing.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      const isRepeatable = request.body === null && (request.method === 'GET' || request.method === 'HEAD');
      if (isStale && isRepeatable && !options.signal?.aborted) return this.send(request, options);
      throw this.#explain(error, options.signal);
    }
  }

  /** Ends every connection, also those with an answer under way. */
  close(): void {
    this.#agent.destroy();
  }

  async #answerTo(
    outgoing: ClientRequest,
    request: HttpToUpstream,
    { timeoutMs, signal }: UpstreamCallOptions,
  ): Promise<Response> {
    const abort = () => outgoing.destroy(toError(signal?.reason));
    signal?.addEventListener('abort', abort, { once: true });
    outgoing.once('close', () => signal?.removeEventListener('abort', abort));
    const late = new WireError('CALL_TIMEOUT', `${request.method} to ${this.#name}: no answer within ${timeoutMs} ms`, {
      retryable: true,
      details: { timeoutMs },
    });
    const timer = setTimeout(() => outgoing.destroy(late), timeoutMs);
    try {
      const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
      writeBody(outgoing, request.body).catch((error: unknown) => outgoing.destroy(toError(error)));
      const [incoming] = await answered;
      outgoing.setTimeout(timeoutMs, () => outgoing.destroy(late));
      return toResponse(incoming, request.method);
    } finally {
      clearTimeout(timer);
    }
  }

  get #name(): string {
    return `${this.#host}:${this.#port}`;
  }

  #start(request: HttpToUpstream): ClientRequest {
    const { method, uri: path, body } = request;
    const length = body instanceof Uint8Array ? { 'content-length': String(body.byteLength) } : {};
    const headers = { ...request.headers, ...length };
    try {
      const outgoing = startRequest({ host: this.#host, port: this.#port, method, path, headers, agent: this.#agent });
      // What happens after the answer began is told by its body.
      return outgoing.on('error', () => undefined);
    } catch (cause) {
      throw new HttpError('REQUEST_INVALID', `the request is not valid HTTP: ${messageOf(cause)}`, { cause });
    }
  }

  #explain(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted) return signal.reason;
    if (PyWattError.is(error)) return error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code.startsWith('HPE_')) {
      return new HttpError('RESPONSE_INVALID', `${this.#name} answered with what is no HTTP (${code})`, {
        cause: error,
      });
    }
    return new WireError('CHANNEL_CLOSED', `no answer from ${this.#name} (${code || messageOf(error)})`, {
      retryable: true,
      cause: error,
    });
  }
}

async function writeBody(outgoing: ClientRequest, body: HttpToUpstream['body']): Promise<void> {
  if (body === null || body instanceof Uint8Array) {
    outgoing.end(body ?? undefined);
    return;
  }
  const reader = body.getReader();
  const closed = new AbortController();
  outgoing.once('close', () => {
    closed.abort();
    reader.cancel().catch(() => undefined);
  });
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (!outgoing.write(next.value)) await once(outgoing, 'drain', { signal: closed.signal });
  }
  outgoing.end();
}

function toResponse(incoming: IncomingMessage, method: string): Response {
  const { statusCode: status = 0, headersDistinct } = incoming;
  if (status < 200 || status > 599) {
    incoming.destroy();
    throw new HttpError('RESPONSE_INVALID', `the module answered with the status ${status}`);
  }
  const received = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct))
    for (const value of values) received.append(name, value);
  const headers = headersFromWire(headersToWire(received));
  // Nothing is unpacked or altered on the way, so the length stays true.
  const length = received.get('content-length');
  if (length !== null) headers.set('content-length', length);
  const isEmpty = method === 'HEAD' || statusesWithoutBody.has(status);
  if (isEmpty) incoming.on('error', () => undefined).resume();
  return new Response(isEmpty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>), { status, headers });
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(messageOf(reason));
}
