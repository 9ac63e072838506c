import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 20;

/** Measures how far behind its timers this process is. Keeps nothing alive; whoever creates it stops it. */
export class EventLoopLag {
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });

  constructor() {
    this.#delays.enable();
  }

  /** The longest hold-up since this was last asked, in whole milliseconds. */
  takeLongestMs(): number {
    const { max, count } = this.#delays;
    this.#delays.reset();
    // What is measured is the time from tick to tick, which is the resolution where nothing is late.
    return count === 0 ? 0 : Math.max(0, Math.round(max / 1e6) - resolutionMs);
  }

  stop(): void {
    this.#delays.disable();
  }
}
