/** What a channel tells of its queue. */
export interface QueuePort {
  readonly queuedBytes: number;
  /** Has `listener` called whenever some of what waited was written, and when the channel ends. */
  onDrain(listener: () => void): void;
}

/**
 * Lets streams send one chunk each in turn, and only while little waits on the channel: calls and heartbeats, which do
 * not wait here, go ahead of bulk, and no stream goes ahead of another.
 */
export class BulkQueue {
  #port: QueuePort;
  readonly #maxBytes: number;
  readonly #turns: (() => void)[] = [];

  constructor(port: QueuePort, maxBytes: number) {
    this.#port = port;
    this.#maxBytes = maxBytes;
    port.onDrain(() => this.#run());
  }

  /** The session goes on over another channel. */
  moveTo(port: QueuePort): void {
    this.#port = port;
    port.onDrain(() => this.#run());
  }

  /** `turn` sends one chunk, at once or later, and never throws. A stream has at most one turn waiting. */
  push(turn: () => void): void {
    this.#turns.push(turn);
    this.#run();
  }

  #run(): void {
    while (this.#turns.length > 0 && this.#port.queuedBytes <= this.#maxBytes) this.#turns.shift()!();
  }
}
