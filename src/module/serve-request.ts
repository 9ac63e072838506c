import { type Logger, PyWattError } from '../foundation/index.js';
import type { WireResponse } from '../http/index.js';
import type { HttpRequestMessage, StreamTable } from '../wire/index.js';
import type { BootedModule } from './booted-module.js';
import type { RequestGate } from './request-gate.js';

export interface ServeRequestOptions {
  readonly module: BootedModule;
  /** Kept open while an answer is being sent. */
  readonly gate: RequestGate;
  /** undefined when the orchestrator has none; bodies are whole then. */
  readonly streams: StreamTable | undefined;
  readonly logger: Logger;
}

/**
 * Answers a request that came over the wire. Long bodies are streams both ways; when one is given up, because the client
 * went away, `request.signal` aborts. The answer to send resolves first, its stream goes on.
 */
export async function serveRequest(
  message: HttpRequestMessage,
  cancelled: AbortSignal,
  options: ServeRequestOptions,
): Promise<WireResponse> {
  const { bodyToWire, requestFromWire, responseHeadToWire, responseToWire } = await import('../http/index.js');
  const { streams, logger } = options;
  if (streams === undefined) return responseToWire(await answer(() => requestFromWire(message, cancelled), options));

  const exchange = new Exchange(streams, message.body_stream, cancelled);
  try {
    const response = await answer(() => requestFromWire(message, exchange.signal, exchange.readBody()), options);
    const body = await bodyToWire(response.body);
    const head = responseHeadToWire(response);
    if (!(body instanceof ReadableStream)) {
      exchange.end();
      return { ...head, body };
    }
    const id = crypto.randomUUID();
    options.gate.hold(exchange.sendBody(id, body, logger));
    return { ...head, body: null, body_stream: id };
  } catch (error) {
    exchange.end();
    throw error;
  }
}

/** Also to what is no request: who sent it is told so, as on a port. */
async function answer(read: () => Request, { module, logger }: ServeRequestOptions): Promise<Response> {
  let request: Request;
  try {
    request = read();
  } catch (error) {
    if (!PyWattError.is(error) || error.code !== 'REQUEST_INVALID') throw error;
    logger.warn('a request over the wire was refused', { error });
    return (await import('../http/index.js')).invalidRequest();
  }
  return module.request(request);
}

/** The streams of one request: one that fails before the answer is out aborts the signal. */
class Exchange {
  /** Aborts when nobody waits for the answer any more, or a stream of the request failed. */
  readonly signal: AbortSignal;
  readonly #streams: StreamTable;
  readonly #bodyId: string | undefined;
  readonly #cancelled: AbortSignal;
  readonly #gone = new AbortController();
  #isOver = false;

  constructor(streams: StreamTable, bodyId: string | undefined, cancelled: AbortSignal) {
    this.#streams = streams;
    this.#bodyId = bodyId;
    this.#cancelled = cancelled;
    this.signal = AbortSignal.any([cancelled, this.#gone.signal]);
  }

  /** undefined when the body is in the message itself. */
  readBody(): ReadableStream<Uint8Array> | undefined {
    return this.#bodyId === undefined ? undefined : this.#streams.read(this.#bodyId, (error) => this.#abort(error));
  }

  /** Never rejects. */
  async sendBody(id: string, body: ReadableStream<Uint8Array>, logger: Logger): Promise<void> {
    try {
      await this.#streams.write(id, body, this.#cancelled);
    } catch (error) {
      this.#abort(error);
      logger.warn('an answer was not sent to its end', { error });
    }
    this.end();
  }

  /** Nobody will read what is left of the request. */
  end(): void {
    this.#isOver = true;
    if (this.#bodyId !== undefined) this.#streams.stopReading(this.#bodyId);
  }

  #abort(error: unknown): void {
    if (!this.#isOver) this.#gone.abort(error);
  }
}
