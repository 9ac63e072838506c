import type { Duplex } from 'node:stream';
import { messageOf, WireError } from '../../foundation/index.js';
import { encodeHeader, headerText, type Frame, FrameSplitter, headerBytes, textOfFrame } from './frame-codec.js';
import type { Framing, FramingReceiver, QueuedMessage, Splitter } from './framing.js';
import { isPacked, maxPackedTextBytes, packedHeader, packedHeaderBytes, unpack } from './packed-frame.js';
import { StreamChannel, type StreamChannelOptions } from './stream-channel.js';

export interface FrameChannelOptions extends StreamChannelOptions {
  /** The longest payload accepted or sent, in bytes. Default 64 MiB. */
  readonly maxFrameBytes?: number;
  /** Takes format 0 as JSON, as Python peers write it. Default false. */
  readonly takesFormatZero?: boolean;
}

/** One frame per message over a socket (PROTOCOL section 1): JSON alone, or JSON and the raw bytes beside it. */
export class FrameChannel extends StreamChannel {
  constructor(socket: Duplex, options: FrameChannelOptions = {}) {
    super(socket, socket, new FrameFraming(options), options);
  }
}

/** Pieces up to this size are copied into one with their neighbours; larger ones are handed to the socket as they are. */
const copiedBytes = 16 * 1024;

class FrameFraming implements Framing {
  readonly carriesBytes = true;
  maxFrameBytes: number;
  readonly takesFormatZero: boolean;

  constructor(options: FrameChannelOptions) {
    this.maxFrameBytes = options.maxFrameBytes ?? 64 * 1024 ** 2;
    this.takesFormatZero = options.takesFormatZero ?? false;
  }

  limit(bytes: number): void {
    this.maxFrameBytes = bytes;
  }

  sizeOf(text: string, bytes: readonly Uint8Array[], textBytes = Buffer.byteLength(text)): number {
    const isBare = bytes.length === 0;
    const payload = isBare ? textBytes : packedHeaderBytes + textBytes + lengthOf(bytes);
    const { maxFrameBytes } = this;
    if (payload <= maxFrameBytes && (isBare || textBytes <= maxPackedTextBytes)) return headerBytes + payload;
    throw new WireError(
      'LINE_TOO_LONG',
      `the message takes ${payload} bytes and the peer accepts frames of ${maxFrameBytes}; send less at once, or raise wire.maxLine of the orchestrator`,
      { details: { bytes: payload, maxFrameBytes } },
    );
  }

  join(messages: readonly QueuedMessage[]): readonly (string | Uint8Array)[] {
    const pieces: (string | Uint8Array)[] = [];
    let copied: QueuedMessage[] = [];
    for (const message of messages) {
      if (message.size - headerBytes <= copiedBytes || message.bytes.length === 0) {
        copied.push(message);
        continue;
      }
      if (copied.length > 0) pieces.push(framesOf(copied));
      copied = [];
      pieces.push(startOf(message), ...message.bytes);
    }
    if (copied.length > 0) pieces.push(framesOf(copied));
    return pieces;
  }

  split(receiver: FramingReceiver): Splitter {
    return new FrameSplitter(
      // Asked anew for every frame.
      this,
      {
        onText: (text) => receiver.onLine(text),
        onFrame: (frame) => deliver(frame, receiver),
        onBadFrame: (error) => receiver.onBroken(error),
      },
    );
  }
}

function deliver(frame: Frame, receiver: FramingReceiver): void {
  let text: string;
  let bytes: Buffer | undefined;
  try {
    if (isPacked(frame)) ({ text, bytes } = unpack(frame.payload));
    else text = textOfFrame(frame);
  } catch (error) {
    return receiver.onBadLine(error instanceof Error ? error : new Error(messageOf(error)), '');
  }
  receiver.onLine(text, bytes);
}

/** Whole frames in one piece. */
function framesOf(messages: readonly QueuedMessage[]): string | Buffer {
  let chunk = '';
  for (const { text, size } of messages) {
    // Nothing beside it, and ASCII.
    if (size - headerBytes !== text.length) return bytesOf(messages);
    chunk += headerText('json', text.length) + text;
  }
  return chunk;
}

function bytesOf(messages: readonly QueuedMessage[]): Buffer {
  let size = 0;
  for (const message of messages) size += message.size;
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  for (const message of messages) {
    at = writeStart(frames, at, message);
    for (const part of message.bytes) {
      frames.set(part, at);
      at += part.byteLength;
    }
  }
  return frames;
}

/** A frame without the bytes that stand at its end. */
function startOf(message: QueuedMessage): Buffer {
  const start = Buffer.allocUnsafe(message.size - lengthOf(message.bytes));
  writeStart(start, 0, message);
  return start;
}

function writeStart(target: Buffer, start: number, { text, bytes, size }: QueuedMessage): number {
  let at = encodeHeader(target, start, bytes.length > 0 ? 'binary' : 'json', size - headerBytes);
  if (bytes.length > 0) at = packedHeader(target, at, size - headerBytes - packedHeaderBytes - lengthOf(bytes));
  return at + target.write(text, at, 'utf8');
}

function lengthOf(bytes: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of bytes) length += part.byteLength;
  return length;
}
