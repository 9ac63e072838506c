import { Deferred, WireError } from '../../foundation/index.js';
import type { Channel, ChannelEnd, ChannelKind, ChannelReader } from '../channel.js';
import { queueBoundBytes } from '../control-messages.js';
import { defaultWireLimits } from '../limits.js';
import { messageSize } from '../send-message.js';
import { type LinkMessage, readLinkMessage, writeLinkMessage } from './link-messages.js';

export interface LinkChannelOptions {
  /** How long the link outlives its last connection. Default 30 s. */
  readonly lostAfterMs?: number;
  /** How many bytes may wait until the far end has said that it has them; one message alone may be longer. Default 256 MiB. */
  readonly maxQueuedBytes?: number;
  /** The longest message accepted or sent, in bytes, until `limitMessages` says another. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** Called whenever there is no connection any more and a new one is wanted. */
  readonly onLost?: () => void;
}

interface Sent {
  readonly text: string;
  readonly bytes: readonly Uint8Array[] | undefined;
  readonly size: number;
}

/** After so many messages the far end is told what arrived, or after so long. */
const tellEvery = 64;
const tellAfterMs = 100;

/**
 * One session over connections that come and go. Messages are counted on both ends and kept until the far end has told
 * that it has them; a new connection begins with what the last one lost. So nothing is lost or comes twice, whatever
 * becomes of a connection, until the link itself is given up.
 */
export class LinkChannel implements Channel {
  readonly carriesBytes = true;
  readonly isOwn = true;
  readonly #options: Required<LinkChannelOptions>;
  readonly #ended = new Deferred<void>();
  #reader: ChannelReader | undefined;
  #connection: Channel | undefined;
  #onDrain: () => void = () => undefined;
  #kind: ChannelKind = 'unix';
  #end: ChannelEnd | undefined;
  #maxMessageBytes: number;
  #kept: Sent[] = [];
  #keptBytes = 0;
  /** How many messages the far end has; `#kept` begins after them. */
  #delivered = 0;
  #received = 0;
  #told = 0;
  #tellTimer: NodeJS.Timeout | undefined;
  #lostTimer: NodeJS.Timeout | undefined;

  constructor(options: LinkChannelOptions = {}) {
    const { maxLineBytes: maxMessageBytes, maxQueuedBytes } = defaultWireLimits;
    this.#options = { lostAfterMs: 30_000, maxQueuedBytes, maxMessageBytes, onLost: () => undefined, ...options };
    this.#maxMessageBytes = this.#options.maxMessageBytes;
  }

  /** Of the connection in use, or of the last one. */
  get kind(): ChannelKind {
    return this.#kind;
  }

  get queuedBytes(): number {
    return this.#connection?.queuedBytes ?? this.#keptBytes;
  }

  /** How many messages of the session came in, over all connections. */
  get received(): number {
    return this.#received;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Resolves once the link is over. */
  get over(): Promise<void> {
    return this.#ended.promise;
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
    this.#connection?.onDrain(listener);
  }

  limitMessages(bytes: number): void {
    this.#maxMessageBytes = bytes;
    this.#connection?.limitMessages?.(bytes);
  }

  start(reader: ChannelReader): void {
    if (this.#reader) throw new WireError('CHANNEL_CLOSED', 'this channel already has its reader');
    this.#reader = reader;
    if (this.#end) reader.onEnd(this.#end);
  }

  /**
   * Takes a connection whose handshake is over; the one before it is closed. The caller passes on what comes in with
   * `accept` and the end with `lost`. `farReceived` is how many messages the far end had. False, with the link over,
   * when the far end lacks messages that are not kept any more or claims more than were sent: it is another's.
   */
  attach(connection: Channel, farReceived: number): boolean {
    if (this.#end) return false;
    const known = farReceived >= this.#delivered && farReceived <= this.#delivered + this.#kept.length;
    if (!known) {
      const error = new WireError('CHANNEL_CLOSED', 'the far end of the link has lost its place in the session');
      this.#finish({ reason: 'failed', error });
      return false;
    }
    const before = this.#connection;
    this.#connection = connection;
    this.#kind = connection.kind;
    connection.onDrain(this.#onDrain);
    connection.limitMessages?.(this.#maxMessageBytes);
    clearTimeout(this.#lostTimer);
    void before?.close();
    this.#forget(farReceived);
    this.#told = this.#received;
    for (const { text, bytes } of this.#kept) this.#write(text, bytes);
    return true;
  }

  /** Something came in on a connection. */
  accept(connection: Channel, text: string, bytes?: Buffer): void {
    // What a replaced connection still brings was not counted, and comes again on the new one.
    if (connection !== this.#connection || this.#end) return;
    const message = readLinkMessage(text);
    if (message) return this.#control(message);
    this.#received += 1;
    this.#scheduleTelling();
    this.#reader?.onLine(text, bytes);
  }

  /** A message that came in on a connection cannot be read; it counts all the same. */
  acceptBad(connection: Channel, error: Error, start: string): void {
    if (connection !== this.#connection || this.#end) return;
    this.#received += 1;
    this.#scheduleTelling();
    this.#reader?.onBadLine(error, start);
  }

  /** A connection has ended. */
  lost(connection: Channel): void {
    if (connection !== this.#connection || this.#end) return;
    this.#awaitConnection();
    this.#options.onLost();
  }

  /** Takes nothing more from the connection in use, which is closed: another one is about to take its place. */
  suspend(): void {
    const connection = this.#connection;
    if (this.#end || !connection) return;
    this.#awaitConnection();
    void connection.close();
  }

  #awaitConnection(): void {
    this.#connection = undefined;
    const { lostAfterMs } = this.#options;
    this.#lostTimer = setTimeout(() => {
      const error = new WireError('CHANNEL_CLOSED', `no new connection came within ${lostAfterMs} ms`);
      this.#finish({ reason: 'failed', error });
    }, lostAfterMs);
  }

  send(text: string, bytes?: readonly Uint8Array[], isControl = false, textBytes?: number): void {
    if (this.#end)
      throw new WireError('CHANNEL_CLOSED', `the link has ${this.#end.reason}; nothing more can be sent`, {
        retryable: true,
      });
    const size = messageSize(text, bytes, textBytes);
    const maxBytes = queueBoundBytes(this.#options.maxQueuedBytes, isControl);
    if (this.#keptBytes > 0 && this.#keptBytes + size > maxBytes) {
      throw new WireError(
        'BACKPRESSURE',
        `the peer is not reading: with this message over ${maxBytes} bytes would wait to be received`,
        { retryable: true },
      );
    }
    // A message that is too long for the connection is refused here, before it counts.
    this.#write(text, bytes, textBytes);
    this.#kept.push({ text, bytes, size });
    this.#keptBytes += size;
  }

  async close(): Promise<void> {
    if (!this.#end && this.#connection) this.#tell({ link: 'close' });
    this.#finish({ reason: 'closed' });
    await this.#connection?.close();
  }

  /** Gives the link up. */
  fail(error: Error): void {
    this.#finish({ reason: 'failed', error });
  }

  #control(message: LinkMessage): void {
    if (message.link === 'close') this.#finish({ reason: 'ended' });
    if (message.link === 'received') this.#forget(Math.min(message.received, this.#delivered + this.#kept.length));
  }

  #write(text: string, bytes?: readonly Uint8Array[], textBytes?: number): void {
    try {
      this.#connection?.send(text, bytes, false, textBytes);
    } catch (error) {
      // What a connection that just ended did not take goes over the next one.
      if (!WireError.is(error) || error.code !== 'CHANNEL_CLOSED') throw error;
    }
  }

  /** The far end has so many messages. */
  #forget(received: number): void {
    const done = this.#kept.splice(0, Math.max(0, received - this.#delivered));
    for (const { size } of done) this.#keptBytes -= size;
    this.#delivered = Math.max(this.#delivered, received);
  }

  #scheduleTelling(): void {
    if (this.#received - this.#told >= tellEvery) return this.#tellReceived();
    this.#tellTimer ??= setTimeout(() => this.#tellReceived(), tellAfterMs);
  }

  #tellReceived(): void {
    clearTimeout(this.#tellTimer);
    this.#tellTimer = undefined;
    if (this.#end || this.#told === this.#received) return;
    // Onto a far end that reads nothing they would pile up, and the last one says as much as all of them.
    if ((this.#connection?.queuedBytes ?? 0) > this.#options.maxQueuedBytes) {
      this.#tellTimer = setTimeout(() => this.#tellReceived(), tellAfterMs);
      return;
    }
    this.#told = this.#received;
    this.#tell({ link: 'received', received: this.#received });
  }

  #tell(message: LinkMessage): void {
    this.#write(writeLinkMessage(message));
  }

  #finish(end: ChannelEnd): void {
    if (this.#end) return;
    this.#end = end;
    clearTimeout(this.#tellTimer);
    clearTimeout(this.#lostTimer);
    this.#kept = [];
    this.#keptBytes = 0;
    if (end.reason !== 'closed') void this.#connection?.close();
    this.#ended.resolve();
    this.#reader?.onEnd(end);
    this.#onDrain();
  }
}
