/** What carries a channel's bytes, as metrics call it: `fd` is the socket a module inherits as file descriptor 3. */
export type ChannelKind = 'stdio' | 'fd' | 'unix' | 'tcp' | 'tls' | 'memory';

/** Why a channel ended. */
export interface ChannelEnd {
  readonly reason: 'closed' | 'ended' | 'failed';
  readonly error?: Error;
}

/**
 * Carries messages to one peer and back: text without a newline, and raw bytes beside it where the channel can. A
 * channel owns its streams; `close` ends them. Exactly one reader is attached, with `start`, before anything is
 * delivered.
 */
export interface Channel {
  /** What carries it. */
  readonly kind: ChannelKind;
  /** How many bytes wait to be written, framing included; 0 once the channel has ended. */
  readonly queuedBytes: number;
  /** Whether `send` takes bytes beside the text. */
  readonly carriesBytes: boolean;
  /** Whether nothing but this SDK can be at the other end: what comes from there needs no proof, and may use extensions. */
  readonly isOwn: boolean;
  /**
   * Queues one message. Throws `WireError` CHANNEL_CLOSED once the channel has ended, BACKPRESSURE when its queue is
   * full (`isControl` has more room, as `queueBoundBytes` says), LINE_TOO_LONG. `textBytes`: the length of the text in
   * UTF-8, from who knows it.
   */
  send(text: string, bytes?: readonly Uint8Array[], isControl?: boolean, textBytes?: number): void;
  /** Changes the longest message accepted or sent, in bytes, from the next one on; where the channel has such a limit. */
  limitMessages?(bytes: number): void;
  /**
   * From now on begins every write with a newline, where messages are lines: one that somebody else left unfinished on the
   * same stream (a child, native code) does not swallow ours. Only for a far end that skips empty lines.
   */
  startFreshLines?(): void;
  /** Has `listener` called whenever some of what waited was written, and when the channel ends. There is one listener. */
  onDrain(listener: () => void): void;
  /** Begins delivery: `onLine` for each message in order, then `onEnd` once. */
  start(reader: ChannelReader): void;
  /** Flushes what is queued and lets the far end read it (at most 1 s), then ends both directions. Idempotent. */
  close(): Promise<void>;
}

export interface ChannelReader {
  /** `bytes` is what came beside the text; undefined where nothing did. */
  onLine(line: string, bytes?: Buffer): void;
  /** A message that broke a rule (too long, not UTF-8) was dropped; the channel goes on. */
  onBadLine(error: Error, startOfLine: string): void;
  /** Something printed where messages were possible, but are not any more. */
  onOutput?(text: string): void;
  onEnd(end: ChannelEnd): void;
}
