import { WireError } from '../../foundation/index.js';
import type { ServiceCallOptions, ServiceConnection, WireJson } from '../../wire/index.js';
import type { Quirk } from './quirk.js';

const maxQueued = 1_000;

/**
 * Rust modules match an answer to the connection it came on, not to the call (DEFECTS R8, H4): of each connection the
 * next operation begins only when the one before has its answer.
 */
export function serialCalls(): Quirk {
  return {
    openService:
      (open) =>
      async (...request) =>
        new SerialConnection(await open(...request)),
  };
}

class SerialConnection implements ServiceConnection {
  readonly #inner: ServiceConnection;
  #last: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #isClosed = false;

  constructor(inner: ServiceConnection) {
    this.#inner = inner;
  }

  get info(): ServiceConnection['info'] {
    return this.#inner.info;
  }

  get typedValues(): boolean {
    return this.#inner.typedValues;
  }

  call(operation: string, params: WireJson, options?: ServiceCallOptions): Promise<WireJson> {
    if (this.#queued >= maxQueued)
      return Promise.reject(
        new WireError('BACKPRESSURE', `${maxQueued} operations already wait for this connection`, { retryable: true }),
      );
    this.#queued += 1;
    const done = this.#last.then(() => this.#perform(operation, params, options));
    this.#last = done.then(
      () => undefined,
      () => undefined,
    );
    return done.finally(() => (this.#queued -= 1));
  }

  /** Ends the operation under way as the connection itself does; those that wait are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#inner.close();
    await this.#last;
  }

  async #perform(operation: string, params: WireJson, options?: ServiceCallOptions): Promise<WireJson> {
    if (this.#isClosed) throw new WireError('CHANNEL_CLOSED', 'this service connection was closed');
    return this.#inner.call(operation, params, options);
  }
}
