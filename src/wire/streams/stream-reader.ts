import { crc32 } from 'node:zlib';
import { Deferred, WireError } from '../../foundation/index.js';
import type { WireLimits } from '../limits.js';
import type { StreamDataMessage, StreamEndMessage, StreamMessage } from '../stream-messages.js';
import { ByteQueue } from './byte-queue.js';
import { IdleDeadline } from './idle-deadline.js';

export interface StreamReaderOptions {
  readonly id: string;
  readonly limits: WireLimits;
  readonly send: (message: StreamMessage) => void;
  /** Called once: when all has come, or with why it will not. */
  readonly onDone: (error?: Error) => void;
}

/**
 * The reading end of one stream. Holds at most the window: what was granted and has come but was not taken yet, since
 * more is granted only as bytes are taken.
 */
export class StreamReader {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #options: StreamReaderOptions;
  readonly #queue = new ByteQueue();
  readonly #idle: IdleDeadline;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** Set while the consumer waits for bytes. */
  #wanted: Deferred<void> | undefined;
  /** What the writer may still send. */
  #granted: number;
  /** Taken since the last grant. */
  #taken = 0;
  #received = 0;
  #checksum = 0;
  #isDone = false;

  /** Grants the first window at once. */
  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.#granted = options.limits.streamWindowBytes;
    this.#idle = new IdleDeadline(options.limits.streamIdleMs, (error) => this.abort(error));
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#pull(),
        cancel: () => this.abort(unwanted()),
      },
      { highWaterMark: 0 },
    );
    this.#send({ op: 'stream_credit', stream_id: options.id, bytes: this.#granted });
  }

  /** Bytes that have come and nobody took. */
  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  takeData({ data }: StreamDataMessage): void {
    if (data.byteLength > this.#granted) {
      const reason = `${data.byteLength} bytes came on stream ${this.#options.id}, which was granted ${this.#granted}`;
      return this.abort(new WireError('MESSAGE_INVALID', reason));
    }
    this.#granted -= data.byteLength;
    this.#received += data.byteLength;
    this.#checksum = crc32(data, this.#checksum);
    const isFirst = this.#queue.bytes === 0;
    this.#queue.push(data);
    if (this.#wanted !== undefined) {
      if (data.byteLength === 0) this.#waitForData();
      else this.#deliver();
    } else if (isFirst && this.#queue.bytes > 0) {
      this.#waitForConsumer();
    }
  }

  takeEnd({ bytes, checksum }: StreamEndMessage): void {
    if (bytes !== this.#received || checksum !== this.#checksum) return this.fail(this.#corrupt(bytes));
    this.#finish();
    if (this.#queue.bytes > 0) return;
    this.#controller.close();
    this.#wanted?.resolve();
  }

  /** The stream will not be whole: whoever reads it gets `error`, and what nobody took is dropped. */
  fail(error: Error): void {
    if (this.#isDone) return;
    this.#finish(error);
    this.#queue.clear();
    this.#controller.error(error);
    this.#wanted?.resolve();
  }

  /** The same, and the writer is told. */
  abort(error: Error): void {
    if (this.#isDone) return;
    const error_code = error instanceof WireError ? error.code : 'STREAM_ABORTED';
    this.#send({ op: 'stream_abort', stream_id: this.#options.id, error: error.message, error_code });
    this.fail(error);
  }

  #pull(): Promise<void> | void {
    if (this.#queue.bytes > 0) return this.#deliver();
    if (this.#isDone) return;
    this.#wanted = new Deferred<void>();
    this.#waitForData();
    return this.#wanted.promise;
  }

  #deliver(): void {
    const piece = this.#queue.shift();
    if (piece === undefined) return;
    this.#idle.stop();
    this.#controller.enqueue(piece);
    this.#wanted?.resolve();
    this.#wanted = undefined;
    if (this.#isDone) {
      if (this.#queue.bytes === 0) this.#controller.close();
      return;
    }
    if (this.#queue.bytes > 0) this.#waitForConsumer();
    this.#grant(piece.byteLength);
  }

  /** In halves of the window, so that credit does not cost a message for each chunk. */
  #grant(taken: number): void {
    this.#taken += taken;
    if (this.#taken * 2 < this.#options.limits.streamWindowBytes) return;
    this.#granted += this.#taken;
    this.#send({ op: 'stream_credit', stream_id: this.#options.id, bytes: this.#taken });
    this.#taken = 0;
  }

  #finish(error?: Error): void {
    this.#isDone = true;
    this.#idle.stop();
    this.#options.onDone(error);
  }

  #send(message: StreamMessage): void {
    try {
      this.#options.send(message);
    } catch {
      // A channel that takes nothing more ends, or the writer's deadline passes; either fails this stream.
    }
  }

  #waitForData(): void {
    this.#idle.start(`nothing of stream ${this.#options.id} came`);
  }

  #waitForConsumer(): void {
    this.#idle.start(`nobody took what came of stream ${this.#options.id}`);
  }

  #corrupt(bytes: number): WireError {
    const what =
      bytes === this.#received
        ? 'the checksum is another'
        : `its writer sent ${bytes} bytes and ${this.#received} came`;
    return new WireError('STREAM_CORRUPT', `stream ${this.#options.id} did not come as it was sent: ${what}`, {
      retryable: true,
      details: { sentBytes: bytes, receivedBytes: this.#received },
    });
  }
}

function unwanted(): WireError {
  return new WireError('STREAM_ABORTED', 'the reader wants no more of this stream');
}
