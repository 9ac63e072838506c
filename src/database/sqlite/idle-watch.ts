/** Tells when nothing has happened for too long. */
export class IdleWatch {
  readonly #timeoutMs: number;
  readonly #onIdle: (idleMs: number) => void;
  #running = 0;
  #timer: NodeJS.Timeout | undefined;

  /** 0 for no limit. */
  constructor(timeoutMs: number, onIdle: (idleMs: number) => void) {
    this.#timeoutMs = timeoutMs;
    this.#onIdle = onIdle;
  }

  /** As long as `work` goes on, something happens. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    this.stop();
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.start();
    }
  }

  start(): void {
    this.stop();
    if (this.#timeoutMs === 0 || this.#running > 0) return;
    const since = performance.now();
    this.#timer = setTimeout(() => this.#onIdle(performance.now() - since), this.#timeoutMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
