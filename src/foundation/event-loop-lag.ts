const resolutionMs = 20;

/** All that measure share one timer: an orchestrator has several for each of its modules. */
const meters = new Set<EventLoopLag>();
let timer: NodeJS.Timeout | undefined;
let tickedAt = 0;

/** Measures how far behind its timers this process is. Keeps nothing alive; whoever creates it stops it. */
export class EventLoopLag {
  #longestMs = 0;

  constructor() {
    meters.add(this);
    timer ??= startTicking();
  }

  /** The longest hold-up since this was last asked, in whole milliseconds. */
  takeLongestMs(): number {
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return Math.round(longestMs);
  }

  stop(): void {
    meters.delete(this);
    if (meters.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  /** @internal */
  note(lateMs: number): void {
    this.#longestMs = Math.max(this.#longestMs, lateMs);
  }
}

function startTicking(): NodeJS.Timeout {
  tickedAt = performance.now();
  const ticking = setInterval(() => {
    const now = performance.now();
    // What is measured is the time from tick to tick, which is the resolution where nothing is late.
    const lateMs = Math.max(0, now - tickedAt - resolutionMs);
    tickedAt = now;
    for (const meter of meters) meter.note(lateMs);
  }, resolutionMs);
  ticking.unref();
  return ticking;
}
