import type { Logger } from '../foundation/index.js';

/** What has to be closed, in the order it was opened. */
export class Closers {
  readonly #steps: { readonly what: string; readonly close: () => Promise<void> }[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(what: string, close: () => Promise<void>): void {
    this.#steps.push({ what, close });
  }

  /** Closes in reverse order, the rest also after one failed, which is logged. Idempotent. */
  async close(): Promise<void> {
    for (const { what, close } of this.#steps.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        this.#logger.warn(`${what} could not be closed`, { error });
      }
    }
  }
}
