/** What carries a channel's bytes, as metrics call it. */
export type ChannelKind = 'stdio' | 'memory';

/** Why a channel ended. */
export interface ChannelEnd {
  readonly reason: 'closed' | 'ended' | 'failed';
  readonly error?: Error;
}

/**
 * Carries lines of text to one peer and back. Lines never contain a newline. A channel owns its streams; `close` ends
 * them. Exactly one reader is attached, with `start`, before anything is delivered.
 */
export interface Channel {
  /** What carries it. */
  readonly kind: ChannelKind;
  /** How many bytes wait to be written; 0 once the channel has ended. */
  readonly queuedBytes: number;
  /** Queues one line. Throws `WireError` CHANNEL_CLOSED once the channel has ended, BACKPRESSURE when its queue is full, LINE_TOO_LONG. */
  send(line: string): void;
  /** Has `listener` called whenever some of what waited was written, and when the channel ends. There is one listener. */
  onDrain(listener: () => void): void;
  /** Begins delivery: `onLine` for each line in order, then `onEnd` once. */
  start(reader: ChannelReader): void;
  /** Flushes what is queued (at most 1 s), then ends both directions. Idempotent. */
  close(): Promise<void>;
}

export interface ChannelReader {
  onLine(line: string): void;
  /** A line that broke a rule (too long, not UTF-8) was dropped; the channel goes on. */
  onBadLine(error: Error, startOfLine: string): void;
  onEnd(end: ChannelEnd): void;
}
