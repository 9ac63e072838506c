import type { Readable, Writable } from 'node:stream';
import { Deferred, messageOf, settlesWithin, WireError } from '../../foundation/index.js';
import type { Channel, ChannelEnd, ChannelKind, ChannelReader } from '../channel.js';
import { queueBoundBytes } from '../control-messages.js';
import { noBytes } from '../json/write-json.js';
import { defaultWireLimits } from '../limits.js';
import type { Framing, QueuedMessage } from './framing.js';

export interface StreamChannelOptions {
  /** How many bytes may wait to be written before `send` refuses; one message alone may be longer. Default 256 MiB. */
  readonly maxQueuedBytes?: number;
  readonly kind?: ChannelKind;
  /** Default false. */
  readonly isOwn?: boolean;
}

/** Of one turn: the far end begins to work early, and of many messages each write carries twice as many as the one before. */
const flushAfterMessages = 16;
const closeGraceMs = 1_000;

/** Messages over a pair of byte streams: a child's stdio, a socket, or an in-memory pair. */
export class StreamChannel implements Channel {
  readonly kind: ChannelKind;
  readonly isOwn: boolean;
  readonly carriesBytes: boolean;
  readonly #readable: Readable;
  readonly #writable: Writable;
  readonly #framing: Framing;
  readonly #maxQueuedBytes: number;
  readonly #ended = new Deferred<void>();
  #reader: ChannelReader | undefined;
  #end: ChannelEnd | undefined;
  #pending: QueuedMessage[] = [];
  #pendingBytes = 0;
  #flushAfter = flushAfterMessages;
  #onDrain: () => void = () => undefined;
  #closing: Promise<void> | undefined;

  constructor(readable: Readable, writable: Writable, framing: Framing, options: StreamChannelOptions = {}) {
    this.#readable = readable;
    this.#writable = writable;
    this.#framing = framing;
    this.carriesBytes = framing.carriesBytes;
    this.kind = options.kind ?? 'stdio';
    this.isOwn = options.isOwn ?? false;
    this.#maxQueuedBytes = options.maxQueuedBytes ?? defaultWireLimits.maxQueuedBytes;
    this.#writable.on('error', (error) => this.#finish({ reason: 'failed', error }));
  }

  get queuedBytes(): number {
    return this.#end ? 0 : this.#writable.writableLength + this.#pendingBytes;
  }

  onDrain(listener: () => void): void {
    this.#onDrain = () => listener();
  }

  limitMessages(bytes: number): void {
    this.#framing.limit(bytes);
  }

  startFreshLines(): void {
    this.#framing.startFreshLines?.();
  }

  start(reader: ChannelReader): void {
    if (this.#reader) throw new WireError('CHANNEL_CLOSED', 'this channel already has its reader');
    this.#reader = reader;
    const splitter = this.#framing.split({
      onLine: (line, bytes) => {
        if (!this.#end) reader.onLine(line, bytes);
      },
      onBadLine: (error, start) => {
        if (!this.#end) reader.onBadLine(error, start);
      },
      onBroken: (error) => this.#break(error),
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

  send(text: string, bytes: readonly Uint8Array[] = noBytes, isControl = false, textBytes?: number): void {
    if (this.#end)
      throw new WireError('CHANNEL_CLOSED', `the channel has ${this.#end.reason}; nothing more can be sent`, {
        retryable: true,
      });
    const size = this.#framing.sizeOf(text, bytes, textBytes);
    const queuedBytes = this.queuedBytes;
    const maxBytes = queueBoundBytes(this.#maxQueuedBytes, isControl);
    if (queuedBytes > 0 && queuedBytes + size > maxBytes) {
      throw new WireError(
        'BACKPRESSURE',
        `the peer is not reading: with this message over ${maxBytes} bytes would wait to be sent`,
        { retryable: true },
      );
    }
    this.#pendingBytes += size;
    const waiting = this.#pending.push({ text, bytes, size });
    if (waiting === 1) process.nextTick(() => this.#flushTick());
    if (waiting < this.#flushAfter) return;
    this.#flushAfter *= 2;
    this.#flush();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const giveUpAt = performance.now() + closeGraceMs;
    if (!this.#end && !this.#writable.writableEnded) {
      this.#flush();
      const flushed = new Deferred<void>();
      this.#writable.end(() => flushed.resolve());
      const done = Promise.race([flushed.promise, this.#ended.promise]);
      // A peer that does not read must not make us keep what it was sent.
      if (!(await settlesWithin(done, closeGraceMs))) this.#writable.destroy();
    }
    this.#finish({ reason: 'closed' });
    await this.#readToEnd(giveUpAt - performance.now());
    this.#readable.destroy();
  }

  /** A socket that is closed with bytes unread is reset, and the far end loses what it has not read yet. */
  async #readToEnd(graceMs: number): Promise<void> {
    const readable = this.#readable;
    const isSocket = Object.is(readable, this.#writable);
    if (!isSocket || readable.readableEnded || readable.destroyed || graceMs <= 0) return;
    const over = new Deferred<void>();
    for (const event of ['end', 'close'] as const) readable.once(event, () => over.resolve());
    readable.resume();
    await settlesWithin(over.promise, graceMs);
  }

  #flushTick(): void {
    this.#flushAfter = flushAfterMessages;
    this.#flush();
  }

  #flush(): void {
    if (this.#pending.length === 0 || this.#end) return;
    const messages = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    const pieces = this.#framing.join(messages);
    if (pieces.length > 1) this.#writable.cork();
    for (const piece of pieces) this.#write(piece);
    if (pieces.length > 1) this.#writable.uncork();
  }

  #write(piece: string | Uint8Array): void {
    if (typeof piece === 'string') this.#writable.write(piece, 'latin1', this.#onDrain);
    else this.#writable.write(piece, this.#onDrain);
  }

  #break(error: Error): void {
    this.#finish({ reason: 'failed', error });
    this.#readable.destroy();
    this.#writable.destroy();
  }

  #finish(end: ChannelEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#ended.resolve();
    this.#reader?.onEnd(end);
    this.#onDrain();
  }
}

/** Why a channel ended, for error messages. */
export function describeEnd(end: ChannelEnd): string {
  return end.error === undefined ? end.reason : `${end.reason}: ${messageOf(end.error)}`;
}
