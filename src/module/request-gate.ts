import { Deferred, settlesWithin } from '../foundation/index.js';

/** Counts requests in flight, so that a stop can wait for them, and answers those that come after it. */
export class RequestGate {
  #inFlight = 0;
  #isDraining = false;
  #isClosed = false;
  #drained: Deferred<void> | undefined;

  async run(request: () => Promise<Response>): Promise<Response> {
    return this.admit(request) ?? stopped();
  }

  /** Begins what counts as a request in flight until it settles; undefined when the gate is closed. */
  admit<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (this.#isClosed) return undefined;
    const answer = work();
    this.hold(answer);
    return answer;
  }

  /** Whether it waits for what is in flight: who can turn to another launch shall. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Counts `work`, such as an answer that is still being sent, as a request in flight until it settles. */
  hold(work: Promise<unknown>): void {
    this.#inFlight += 1;
    const settled = () => {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#drained?.resolve();
    };
    work.then(settled, settled);
  }

  /**
   * Resolves with true when no request is in flight, with false after `graceMs`; from then on every request is answered
   * with 503.
   */
  async drain(graceMs: number): Promise<boolean> {
    this.#isDraining = true;
    if (this.#inFlight > 0) {
      this.#drained = new Deferred<void>();
      await settlesWithin(this.#drained.promise, graceMs);
    }
    this.#isClosed = true;
    return this.#inFlight === 0;
  }
}

function stopped(): Response {
  return Response.json({ error: 'the module has stopped', code: 'MODULE_UNAVAILABLE' }, { status: 503 });
}
