import { connect } from 'node:net';
import { type HostPort, sleep, WireError } from '../../foundation/index.js';
import { type HttpToUpstream, HttpUpstream } from '../../http/index.js';
import { type AnnounceMessage, watched, type WireObserver } from '../../wire/index.js';
import type { ModuleHttp } from '../gateway/module-http.js';
import { moduleAddress } from './module-address.js';
import type { HttpFacts, Quirk } from './quirk.js';

const pollMs = 50;
const connectMs = 1_000;

/**
 * Requests go to the port where the module listens itself, over HTTP, not over the wire, which such modules serve one
 * after another and which a burst ends (DEFECTS R12, H2). The module counts as running once that port accepts.
 */
export function ownPortHttp(): Quirk {
  const opened: OwnPortHttp[] = [];
  return {
    http(_inner, facts) {
      const http = new OwnPortHttp(facts);
      opened.push(http);
      return http;
    },
    ready: untilItAccepts,
    async close() {
      for (const http of opened) http.close();
    },
  };
}

class OwnPortHttp implements ModuleHttp {
  readonly takesStreams = true;
  readonly #upstream: HttpUpstream;
  readonly #observer: WireObserver | undefined;

  constructor({ listen, observer }: HttpFacts) {
    const { host, port } = moduleAddress(listen);
    this.#upstream = new HttpUpstream(host, port);
    this.#observer = observer;
  }

  send(request: HttpToUpstream, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Response> {
    const end = this.#observer?.called('http', request.method);
    return watched(this.#upstream.send(request, options), end, ({ status }) => status < 500);
  }

  close(): void {
    this.#upstream.close();
  }
}

/** Resolves when something accepts connections where the module said it would; the caller's deadline ends the wait. */
async function untilItAccepts({ listen }: AnnounceMessage, signal: AbortSignal): Promise<void> {
  const address = moduleAddress(listen);
  while (!(await accepts(address))) {
    await sleep(pollMs, signal);
    if (signal.aborted)
      throw new WireError('CHANNEL_CLOSED', `the module went before ${listen} accepted connections`, {
        retryable: true,
      });
  }
}

function accepts({ host, port }: HostPort): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectMs });
    const settle = (does: boolean) => () => {
      socket.destroy();
      resolve(does);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}
