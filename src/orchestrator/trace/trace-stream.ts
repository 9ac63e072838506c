import type { TraceEvent, TracedMessage } from './trace-event.js';

const mostWaiting = 1_000;

/**
 * The messages for one reader, in order. At most a thousand wait for it; what comes while it is that far behind is
 * dropped, and it is told how much that was. Ends with `signal`.
 */
export class TraceStream implements AsyncIterable<TraceEvent> {
  readonly #signal: AbortSignal;
  #waiting: TraceEvent[] = [];
  #dropped = 0;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  get isFull(): boolean {
    return this.#waiting.length >= mostWaiting;
  }

  push(message: TracedMessage): void {
    if (this.isFull) return this.drop();
    this.#tellDropped();
    this.#waiting.push(message);
    this.#wake();
  }

  drop(): void {
    this.#dropped += 1;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TraceEvent, void> {
    while (!this.#signal.aborted) {
      const events = this.#waiting;
      this.#waiting = [];
      for (const event of events) {
        yield event;
        if (this.#signal.aborted) return;
      }
      this.#tellDropped();
      if (this.#waiting.length === 0) await this.#more();
    }
  }

  /** Where in the stream it happened. */
  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#waiting.push({ kind: 'dropped', count: this.#dropped });
    this.#dropped = 0;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#signal.aborted) resolve();
    });
  }
}
