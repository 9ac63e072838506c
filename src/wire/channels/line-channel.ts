import type { Readable, Writable } from 'node:stream';
import { Deferred, messageOf, settlesWithin, WireError } from '../../foundation/index.js';
import type { Channel, ChannelEnd, ChannelKind, ChannelReader } from '../channel.js';
import { defaultWireLimits } from '../limits.js';
import { LineSplitter } from './line-splitter.js';

export interface LineChannelOptions {
  /** The longest line accepted or sent, in bytes without its newline. Default 64 MiB. */
  readonly maxLineBytes?: number;
  /** How many bytes may wait to be written before `send` refuses. Default 256 MiB. */
  readonly maxQueuedBytes?: number;
  /**
   * Begins every write with a newline, so that a line somebody else left unfinished on the same stream (a child, native
   * code) does not swallow ours. Readers skip the empty lines. Default false.
   */
  readonly startsFreshLines?: boolean;
  /** What the streams are. Default `stdio`. */
  readonly kind?: ChannelKind;
}

const flushAfterLines = 16;
const closeGraceMs = 1_000;

/** One line per message over a pair of byte streams: a child's stdio, our own, or an in-memory pair. */
export class LineChannel implements Channel {
  readonly #readable: Readable;
  readonly #writable: Writable;
  readonly #options: Required<LineChannelOptions>;
  readonly #ended = new Deferred<void>();
  #reader: ChannelReader | undefined;
  #end: ChannelEnd | undefined;
  #pending: string[] = [];
  #pendingBytes = 0;
  #queuedBytes = 0;
  #onDrain: () => void = () => undefined;
  #closing: Promise<void> | undefined;

  constructor(readable: Readable, writable: Writable, options: LineChannelOptions = {}) {
    this.#readable = readable;
    this.#writable = writable;
    this.#options = {
      maxLineBytes: options.maxLineBytes ?? defaultWireLimits.maxLineBytes,
      maxQueuedBytes: options.maxQueuedBytes ?? defaultWireLimits.maxQueuedBytes,
      startsFreshLines: options.startsFreshLines ?? false,
      kind: options.kind ?? 'stdio',
    };
    this.#writable.on('error', (error) => this.#finish({ reason: 'failed', error }));
  }

  get kind(): ChannelKind {
    return this.#options.kind;
  }

  get queuedBytes(): number {
    return this.#end ? 0 : this.#queuedBytes;
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  start(reader: ChannelReader): void {
    if (this.#reader) throw new WireError('CHANNEL_CLOSED', 'this channel already has its reader');
    this.#reader = reader;
    const splitter = new LineSplitter(this.#options.maxLineBytes, {
      onLine: (line) => this.#deliver(() => reader.onLine(line)),
      onBadLine: (error, start) => this.#deliver(() => reader.onBadLine(error, start)),
    });
    this.#readable.on('data', (chunk: Buffer) => splitter.push(chunk));
    this.#readable.on('end', () => {
      splitter.end();
      this.#finish({ reason: 'ended' });
    });
    this.#readable.on('close', () => this.#finish({ reason: 'ended' }));
    this.#readable.on('error', (error) => this.#finish({ reason: 'failed', error }));
    if (this.#end) reader.onEnd(this.#end);
  }

  send(line: string): void {
    if (this.#end)
      throw new WireError('CHANNEL_CLOSED', `the channel has ${this.#end.reason}; nothing more can be sent`, {
        retryable: true,
      });
    if (this.#queuedBytes > this.#options.maxQueuedBytes) {
      throw new WireError(
        'BACKPRESSURE',
        `the peer is not reading: over ${this.#options.maxQueuedBytes} bytes wait to be sent`,
        { retryable: true },
      );
    }
    const bytes = Buffer.byteLength(line) + 1;
    this.#checkLength(bytes - 1);
    this.#pendingBytes += bytes;
    this.#queuedBytes += bytes;
    if (this.#pending.push(line) === 1) queueMicrotask(() => this.#flush());
    if (this.#pending.length >= flushAfterLines) this.#flush();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.#end && !this.#writable.writableEnded) {
      this.#flush();
      const flushed = new Deferred<void>();
      this.#writable.end(() => flushed.resolve());
      const done = Promise.race([flushed.promise, this.#ended.promise]);
      // A peer that does not read must not make us keep what it was sent.
      if (!(await settlesWithin(done, closeGraceMs))) this.#writable.destroy();
    }
    this.#finish({ reason: 'closed' });
    this.#readable.destroy();
  }

  #checkLength(bytes: number): void {
    const { maxLineBytes } = this.#options;
    if (bytes <= maxLineBytes) return;
    throw new WireError(
      'LINE_TOO_LONG',
      `the message takes ${bytes} bytes and the peer accepts lines of ${maxLineBytes}; send less at once`,
      { details: { bytes, maxLineBytes } },
    );
  }

  #flush(): void {
    if (this.#pending.length === 0 || this.#end) return;
    const chunk = `${this.#options.startsFreshLines ? '\n' : ''}${this.#pending.join('\n')}\n`;
    const bytes = this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#writable.write(chunk, () => {
      this.#queuedBytes -= bytes;
      this.#onDrain();
    });
  }

  #deliver(delivery: () => void): void {
    if (!this.#end) delivery();
  }

  #finish(end: ChannelEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#pending = [];
    this.#ended.resolve();
    this.#reader?.onEnd(end);
    this.#onDrain();
  }
}

/** Why a channel ended, for error messages. */
export function describeEnd(end: ChannelEnd): string {
  return end.error === undefined ? end.reason : `${end.reason}: ${messageOf(end.error)}`;
}
