import type { LogFields, Logger } from '../foundation/index.js';

const everyMs = 60_000;

/** Warns of what may happen at every operation: once a minute, with how often it happened since it was last said. */
export class SeldomLog {
  #unlogged = 0;
  #loggedAt = -Infinity;

  constructor(
    private readonly logger: Logger | undefined,
    private readonly message: string,
  ) {}

  /** `fields` are those of the occasion that is logged. */
  happened(fields: LogFields): void {
    this.#unlogged += 1;
    const now = performance.now();
    if (now - this.#loggedAt < everyMs) return;
    this.logger?.warn(this.message, { ...fields, times: this.#unlogged });
    this.#loggedAt = now;
    this.#unlogged = 0;
  }
}
