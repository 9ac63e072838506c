import { type HttpToUpstream, responseFromWire } from '../../http/index.js';
import type { ModulePeer } from '../../wire/index.js';

/** The way of http requests to one launch of a module. */
export interface ModuleHttp {
  /** Whether a body is passed on while it comes; otherwise it is read whole before. */
  readonly takesStreams: boolean;
  /** Rejects with CALL_TIMEOUT, CHANNEL_CLOSED, RESPONSE_INVALID or the signal's reason. */
  send(request: HttpToUpstream, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Response>;
}

/** Requests as messages on the module's channel. */
export class WireHttp implements ModuleHttp {
  readonly takesStreams = false;
  readonly #peer: Pick<ModulePeer, 'request'>;

  constructor(peer: Pick<ModulePeer, 'request'>) {
    this.#peer = peer;
  }

  async send(
    { body, ...head }: HttpToUpstream,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<Response> {
    const whole = body instanceof ReadableStream ? new Uint8Array(await new Response(body).arrayBuffer()) : body;
    return responseFromWire(await this.#peer.request({ ...head, body: whole }, options));
  }
}
