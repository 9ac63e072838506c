import { Bulkhead, Deferred, longestTimerMs, WireError } from '../../foundation/index.js';
import type { HttpToUpstream } from '../../http/index.js';
import { armCall } from '../../wire/index.js';
import type { ModuleHttp } from '../gateway/module-http.js';
import type { Quirk } from './quirk.js';

/** The module's own queue holds 100, and one more ends it. */
const maxInFlight = 64;
const maxWaiting = 1_024;
/** The longest a timer can run: what the module still holds, it holds until it answers or goes. */
const untilItGoesMs = longestTimerMs;

/**
 * Rust modules serve requests of the wire one after another, and end when more than 100 wait (DEFECTS R12): no more than
 * 64 are on their way, the next ones wait here. A request whose caller gave up keeps its place until its answer came.
 */
export function boundedHttp(): Quirk {
  return { http: (inner) => new BoundedHttp(inner) };
}

class BoundedHttp implements ModuleHttp {
  readonly #inner: ModuleHttp;
  readonly #places = new Bulkhead({ atOnce: maxInFlight, waiting: maxWaiting });

  constructor(inner: ModuleHttp) {
    this.#inner = inner;
  }

  get takesStreams(): boolean {
    return this.#inner.takesStreams;
  }

  async send(request: HttpToUpstream, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Response> {
    options.signal?.throwIfAborted();
    const givenUp = new Deferred<never>();
    let isWanted = true;
    const stop = armCall(options, `${request.method} to the module`, (error) => {
      isWanted = false;
      givenUp.reject(error);
    });
    const perform = () => (isWanted ? this.#inner.send(request, { timeoutMs: untilItGoesMs }) : givenUp.promise);
    try {
      return await Promise.race([this.#places.run(perform, tooMany), givenUp.promise]);
    } finally {
      stop();
    }
  }
}

function tooMany(): WireError {
  return new WireError('BACKPRESSURE', `${maxWaiting} requests already wait for this module`, { retryable: true });
}
