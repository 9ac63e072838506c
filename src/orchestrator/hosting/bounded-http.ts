import { Deferred, longestTimerMs, WireError } from '../../foundation/index.js';
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

interface WaitingRequest {
  readonly request: HttpToUpstream;
  readonly answer: Deferred<Response>;
}

class BoundedHttp implements ModuleHttp {
  readonly #inner: ModuleHttp;
  #waiting: WaitingRequest[] = [];
  #inFlight = 0;

  constructor(inner: ModuleHttp) {
    this.#inner = inner;
  }

  get takesStreams(): boolean {
    return this.#inner.takesStreams;
  }

  async send(request: HttpToUpstream, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Response> {
    options.signal?.throwIfAborted();
    if (this.#waiting.length >= maxWaiting)
      throw new WireError('BACKPRESSURE', `${maxWaiting} requests already wait for this module`, { retryable: true });
    const waiting = { request, answer: new Deferred<Response>() };
    const stop = armCall(options, `${request.method} to the module`, (error) => waiting.answer.reject(error));
    this.#waiting.push(waiting);
    this.#fill();
    try {
      return await waiting.answer.promise;
    } finally {
      stop();
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
    }
  }

  #fill(): void {
    while (this.#inFlight < maxInFlight) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inFlight += 1;
      void this.#perform(next);
    }
  }

  async #perform({ request, answer }: WaitingRequest): Promise<void> {
    try {
      answer.resolve(await this.#inner.send(request, { timeoutMs: untilItGoesMs }));
    } catch (error) {
      answer.reject(error);
    } finally {
      this.#inFlight -= 1;
      this.#fill();
    }
  }
}
