import type { ChannelReader } from '../channel.js';

/** One message on its way out, with its size as framed. */
export interface QueuedMessage {
  readonly text: string;
  readonly bytes: readonly Uint8Array[];
  readonly size: number;
}

/** Cuts what comes in into messages. */
export interface Splitter {
  push(chunk: Buffer): void;
  /** The stream ended. */
  end(): void;
}

export interface FramingReceiver extends Pick<ChannelReader, 'onLine' | 'onBadLine'> {
  /** No message can be told from the next any more: the channel is over. */
  onBroken(error: Error): void;
}

/** How messages stand in a stream of bytes. */
export interface Framing {
  readonly carriesBytes: boolean;
  /** The longest message accepted or sent, in bytes, from the next one on. */
  limit(bytes: number): void;
  /** As `Channel` says it. */
  startFreshLines?(): void;
  /**
   * The size of a message in the stream, whose text has `textBytes` where that is known. Throws `WireError` LINE_TOO_LONG
   * for one the peer does not accept.
   */
  sizeOf(text: string, bytes: readonly Uint8Array[], textBytes?: number): number;
  /** What is written for these messages, in as few pieces as make sense; one byte for each character of a string. */
  join(messages: readonly QueuedMessage[]): readonly (string | Uint8Array)[];
  split(receiver: FramingReceiver): Splitter;
}
