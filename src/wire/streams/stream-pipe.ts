import { crc32 } from 'node:zlib';
import { WireError } from '../../foundation/index.js';
import { encodeError } from '../error-frame.js';
import type { WireLimits } from '../limits.js';
import type { Pipe, PipeReceiver } from '../pipe.js';
import type { StreamDataMessage, StreamEndMessage, StreamMessage } from '../stream-messages.js';
import type { BulkQueue } from './bulk-queue.js';

export interface StreamPipeOptions {
  readonly id: string;
  readonly limits: WireLimits;
  readonly bulk: BulkQueue;
  readonly send: (message: StreamMessage) => void;
  /** Applied to error texts before they leave. */
  readonly redact: (text: string) => string;
  readonly receiver: PipeReceiver;
  readonly onClose: () => void;
}

/** A stream in each direction under one id, that live and die together. */
export class StreamPipe implements Pipe {
  readonly #options: StreamPipeOptions;
  #granted: number;
  #taken = 0;
  #isGranting = false;
  #received = 0;
  #receivedChecksum = 0;
  #hasEnded = false;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #credit = 0;
  #sent = 0;
  #sentChecksum = 0;
  #hasTurn = false;
  #isEnding = false;
  #hasSentEnd = false;
  #isClosed = false;

  /** Grants the first window at once, so the far end has to know of it already. */
  constructor(options: StreamPipeOptions) {
    this.#options = options;
    this.#granted = options.limits.streamWindowBytes;
    this.#send({ op: 'stream_credit', stream_id: options.id, bytes: this.#granted });
  }

  /** Bytes that have come and were not taken. */
  get queuedBytes(): number {
    return this.#options.limits.streamWindowBytes - this.#granted - this.#taken;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends `bytes`, which must not change afterwards, or keeps them until it may. False: write no more until `drained`. */
  write(bytes: Uint8Array): boolean {
    if (this.#isClosed || this.#isEnding || bytes.byteLength === 0) return true;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    this.#askForTurn();
    return this.#waitingBytes === 0;
  }

  /** Writes no more; what was written still goes. */
  end(): void {
    if (this.#isEnding || this.#isClosed) return;
    this.#isEnding = true;
    if (this.#waitingBytes === 0) this.#sendEnd();
  }

  /** In halves of the window a message is sent for it, after those that the bytes made somebody send at once. */
  taken(bytes: number): void {
    this.#taken += bytes;
    if (this.#isGranting || this.#taken * 2 < this.#options.limits.streamWindowBytes) return;
    this.#isGranting = true;
    setImmediate(() => this.#grantTaken());
  }

  #grantTaken(): void {
    this.#isGranting = false;
    if (this.#isClosed || this.#hasEnded) return;
    this.#granted += this.#taken;
    const credit = this.#taken;
    this.#taken = 0;
    this.#send({ op: 'stream_credit', stream_id: this.#options.id, bytes: credit });
  }

  /** Ends both directions at once; what was not sent is dropped. */
  abort(error: Error): void {
    if (this.#isClosed) return;
    const { error: text, error_code = 'STREAM_ABORTED' } = encodeError(error, this.#options.redact);
    const { id } = this.#options;
    this.fail(error);
    try {
      this.#options.send({ op: 'stream_abort', stream_id: id, error: text, error_code });
    } catch {
      // A channel that takes nothing more ends, and with it every pipe.
    }
  }

  takeData({ data }: StreamDataMessage): void {
    const { id, receiver } = this.#options;
    if (data.byteLength > this.#granted || this.#hasEnded) {
      const reason = `${data.byteLength} bytes came on stream ${id}, which was granted ${this.#granted}`;
      return this.abort(new WireError('MESSAGE_INVALID', reason));
    }
    this.#granted -= data.byteLength;
    this.#received += data.byteLength;
    this.#receivedChecksum = crc32(data, this.#receivedChecksum);
    if (data.byteLength > 0) receiver.data(data);
  }

  takeEnd({ bytes, checksum }: StreamEndMessage): void {
    if (this.#hasEnded || this.#isClosed) return;
    if (bytes !== this.#received || checksum !== this.#receivedChecksum) {
      const message = `stream ${this.#options.id} did not come as it was sent`;
      return this.abort(new WireError('STREAM_CORRUPT', message));
    }
    this.#hasEnded = true;
    this.#options.receiver.ended();
    this.#closeWhenBothEnded();
  }

  grant(bytes: number): void {
    this.#credit += bytes;
    if (this.#waitingBytes > 0) this.#askForTurn();
  }

  /** The far end knows already. */
  fail(error: Error): void {
    this.#close(error);
  }

  #askForTurn(): void {
    if (this.#hasTurn || this.#credit === 0) return;
    this.#hasTurn = true;
    this.#options.bulk.push(() => this.#takeTurn());
  }

  #takeTurn(): void {
    this.#hasTurn = false;
    const piece = this.#waiting[0];
    if (this.#isClosed || piece === undefined) return;
    const { id, limits } = this.#options;
    const size = Math.min(piece.byteLength, this.#credit, limits.streamChunkBytes);
    const data = size === piece.byteLength ? piece : piece.subarray(0, size);
    if (!this.#send({ op: 'stream_data', stream_id: id, data })) return;
    this.#credit -= size;
    this.#sent += size;
    this.#sentChecksum = crc32(data, this.#sentChecksum);
    this.#waitingBytes -= size;
    if (size === piece.byteLength) this.#waiting.shift();
    else this.#waiting[0] = piece.subarray(size);
    if (this.#waitingBytes > 0) return this.#askForTurn();
    if (this.#isEnding) this.#sendEnd();
    else this.#options.receiver.drained();
  }

  #sendEnd(): void {
    const { id } = this.#options;
    if (!this.#send({ op: 'stream_end', stream_id: id, bytes: this.#sent, checksum: this.#sentChecksum })) return;
    this.#hasSentEnd = true;
    this.#closeWhenBothEnded();
  }

  #closeWhenBothEnded(): void {
    if (this.#hasEnded && this.#hasSentEnd) this.#close();
  }

  #send(message: StreamMessage): boolean {
    try {
      this.#options.send(message);
      return true;
    } catch (error) {
      this.#close(error instanceof Error ? error : new WireError('CHANNEL_CLOSED', 'the session takes nothing more'));
      return false;
    }
  }

  #close(error?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#options.onClose();
    this.#options.receiver.closed(error);
  }
}
