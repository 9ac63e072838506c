import { Deferred, settlesWithin } from '../foundation/index.js';

/** Counts requests in flight, so that a stop can wait for them. */
export class RequestGate {
  #inFlight = 0;
  #drained: Deferred<void> | undefined;

  async run<T>(request: () => Promise<T>): Promise<T> {
    this.#inFlight += 1;
    try {
      return await request();
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#drained?.resolve();
    }
  }

  /** Resolves with true when no request is in flight, with false after `graceMs`. */
  async drain(graceMs: number): Promise<boolean> {
    if (this.#inFlight === 0) return true;
    this.#drained = new Deferred<void>();
    await settlesWithin(this.#drained.promise, graceMs);
    return this.#inFlight === 0;
  }
}
