import { EventLoopLag } from '../foundation/index.js';
import type { HeartbeatAckMessage, HeartbeatMessage } from './messages.js';

/** Answers the peer's heartbeats, and tells how long our event loop was held up between them. */
export class HeartbeatAnswers {
  readonly #tellsLag: boolean;
  #lag: EventLoopLag | undefined;

  /** Peers that do not know our extensions are told no lag. */
  constructor(options: { readonly tellsLag: boolean }) {
    this.#tellsLag = options.tellsLag;
  }

  answer({ seq }: HeartbeatMessage): HeartbeatAckMessage {
    const echoed = { op: 'heartbeat_ack', ...(seq === undefined ? {} : { seq }) } as const;
    if (!this.#tellsLag) return echoed;
    // From the first heartbeat on: who gets none measures nothing.
    this.#lag ??= new EventLoopLag();
    return { ...echoed, lag_ms: this.#lag.takeLongestMs() };
  }

  stop(): void {
    this.#lag?.stop();
  }
}
