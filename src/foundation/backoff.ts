export interface BackoffOptions {
  /** The first wait, in milliseconds. Default 100. */
  readonly initialMs?: number;
  /** The longest wait. Default 30 s. */
  readonly maxMs?: number;
  /** After running this long whatever failed before counts as healthy again. Default 1 min. */
  readonly resetAfterMs?: number;
  /** From 0 to below 1; spreads the attempts so that those who fell together do not come back together. */
  readonly random?: () => number;
}

/** How long to wait before the next attempt: doubling, between half and all of the step, starting over after a healthy run. */
export class Backoff {
  readonly #options: Required<BackoffOptions>;
  #failures = 0;

  constructor(options: BackoffOptions = {}) {
    this.#options = { initialMs: 100, maxMs: 30_000, resetAfterMs: 60_000, random: Math.random, ...options };
  }

  /** Milliseconds to wait after an attempt that lasted `ranForMs`. */
  next(ranForMs: number): number {
    const { initialMs, maxMs, resetAfterMs, random } = this.#options;
    if (ranForMs >= resetAfterMs) this.#failures = 0;
    const step = Math.min(maxMs, initialMs * 2 ** this.#failures);
    if (step < maxMs) this.#failures += 1;
    return step / 2 + (random() * step) / 2;
  }
}
