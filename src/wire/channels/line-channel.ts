import type { Readable, Writable } from 'node:stream';
import { WireError } from '../../foundation/index.js';
import { defaultWireLimits } from '../limits.js';
import type { Framing, FramingReceiver, QueuedMessage, Splitter } from './framing.js';
import { LineSplitter } from './line-splitter.js';
import { StreamChannel, type StreamChannelOptions } from './stream-channel.js';

export interface LineChannelOptions extends StreamChannelOptions {
  /** The longest line accepted or sent, in bytes without its newline. Default 64 MiB. */
  readonly maxLineBytes?: number;
}

/** One line per message over a pair of byte streams: a child's stdio, our own, or an in-memory pair. */
export class LineChannel extends StreamChannel {
  constructor(readable: Readable, writable: Writable, options: LineChannelOptions = {}) {
    super(readable, writable, new LineFraming(options), options);
  }
}

class LineFraming implements Framing {
  readonly carriesBytes = false;
  maxLineBytes: number;
  #start = '';

  constructor(options: LineChannelOptions) {
    this.maxLineBytes = options.maxLineBytes ?? defaultWireLimits.maxLineBytes;
  }

  limit(bytes: number): void {
    this.maxLineBytes = bytes;
  }

  startFreshLines(): void {
    this.#start = '\n';
  }

  sizeOf(text: string, _: readonly Uint8Array[], bytes = Buffer.byteLength(text)): number {
    const { maxLineBytes } = this;
    if (bytes <= maxLineBytes) return bytes + 1;
    throw new WireError(
      'LINE_TOO_LONG',
      `the message takes ${bytes} bytes and the peer accepts lines of ${maxLineBytes}; send less at once, or raise wire.maxLine of the orchestrator`,
      { details: { bytes, maxLineBytes } },
    );
  }

  join(messages: readonly QueuedMessage[]): readonly (string | Uint8Array)[] {
    let chunk = this.#start;
    let bytes = chunk.length;
    for (const { text, size } of messages) {
      chunk += `${text}\n`;
      bytes += size;
    }
    return [bytes === chunk.length ? chunk : Buffer.from(chunk)];
  }

  split(receiver: FramingReceiver): Splitter {
    return new LineSplitter(this, receiver);
  }
}
