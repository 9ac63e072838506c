import type { HttpToUpstream } from '../../http/index.js';
import type { ModulePeer } from '../../wire/index.js';
import { exchange, type ExchangeOptions } from './exchange.js';

/** The way of http requests to one launch of a module. */
export interface ModuleHttp {
  /** Whether a long body is passed on while it comes; otherwise it is read whole before. */
  readonly takesStreams: boolean;
  /** Rejects with CALL_TIMEOUT, CHANNEL_CLOSED, RESPONSE_INVALID, the signal's reason or the failure of the body. */
  send(request: HttpToUpstream, options: ExchangeOptions): Promise<Response>;
}

/** Requests as messages on the module's channel. */
export class WireHttp implements ModuleHttp {
  readonly #peer: Pick<ModulePeer, 'request' | 'streams'>;

  constructor(peer: Pick<ModulePeer, 'request' | 'streams'>) {
    this.#peer = peer;
  }

  get takesStreams(): boolean {
    return this.#peer.streams !== undefined;
  }

  send({ body, ...head }: HttpToUpstream, options: ExchangeOptions): Promise<Response> {
    return exchange(this.#peer, head, body, options);
  }
}
