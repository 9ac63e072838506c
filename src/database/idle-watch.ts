/** Tells when nothing has happened in a transaction for too long. */
export class IdleWatch {
  readonly #timeoutMs: number | undefined;
  readonly #onIdle: (idleMs: number) => void;
  #running = 0;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  /** Undefined for no limit. */
  constructor(timeoutMs: number | undefined, onIdle: (idleMs: number) => void) {
    this.#timeoutMs = timeoutMs;
    this.#onIdle = onIdle;
  }

  /** Something begins; until `leave` nothing is idle. */
  enter(): void {
    this.#running += 1;
    clearTimeout(this.#timer);
  }

  leave(): void {
    this.#running -= 1;
    this.start();
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Counts from now, unless something goes on. */
  start(): void {
    clearTimeout(this.#timer);
    if (this.#timeoutMs === undefined || this.#running > 0 || this.#isOver) return;
    const since = performance.now();
    this.#timer = setTimeout(() => this.#onIdle(performance.now() - since), this.#timeoutMs).unref();
  }

  /** For good. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}
