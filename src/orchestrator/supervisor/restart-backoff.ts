export interface RestartBackoffOptions {
  /** The first wait, in milliseconds. Default 100. */
  readonly initialMs?: number;
  /** The longest wait. Default 30 s. */
  readonly maxMs?: number;
  /** After running this long a module counts as healthy again. Default 1 min. */
  readonly resetAfterMs?: number;
  /** From 0 to below 1; spreads restarts so that modules that fell together do not come back together. */
  readonly random?: () => number;
}

/** How long to wait before the next start: doubling, between half and all of the step, starting over after a healthy run. */
export class RestartBackoff {
  readonly #options: Required<RestartBackoffOptions>;
  #failures = 0;

  constructor(options: RestartBackoffOptions = {}) {
    this.#options = { initialMs: 100, maxMs: 30_000, resetAfterMs: 60_000, random: Math.random, ...options };
  }

  /** Milliseconds to wait after a launch that lasted `ranForMs`. */
  next(ranForMs: number): number {
    const { initialMs, maxMs, resetAfterMs, random } = this.#options;
    if (ranForMs >= resetAfterMs) this.#failures = 0;
    const step = Math.min(maxMs, initialMs * 2 ** this.#failures);
    if (step < maxMs) this.#failures += 1;
    return step / 2 + (random() * step) / 2;
  }
}
