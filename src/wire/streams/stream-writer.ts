import { crc32 } from 'node:zlib';
import { Deferred } from '../../foundation/index.js';
import { encodeError } from '../error-frame.js';
import type { WireLimits } from '../limits.js';
import type { StreamMessage } from '../stream-messages.js';
import type { BulkQueue } from './bulk-queue.js';
import { IdleDeadline } from './idle-deadline.js';

export interface StreamWriterOptions {
  readonly id: string;
  readonly limits: WireLimits;
  readonly bulk: BulkQueue;
  readonly send: (message: StreamMessage) => void;
  /** Applied to error texts before they leave. */
  readonly redact: (text: string) => string;
}

/** Bytes that wait, for credit or for their turn, and how many of them were then sent. */
interface WaitingBytes {
  readonly bytes: Uint8Array;
  readonly sent: Deferred<number>;
}

/** The writing end of one stream. Holds one piece of its source, and asks for the next when that one is sent. */
export class StreamWriter {
  readonly #options: StreamWriterOptions;
  readonly #idle: IdleDeadline;
  #source: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #credit = 0;
  #sent = 0;
  #checksum = 0;
  #failure: { readonly error: unknown } | undefined;
  #waiting: WaitingBytes | undefined;
  #hasTurn = false;

  constructor(options: StreamWriterOptions) {
    this.#options = options;
    this.#idle = new IdleDeadline(options.limits.streamIdleMs, (error) => this.abort(error));
  }

  /** Resolves when all of `source` is sent. Rejects with the failure of the source or of the stream; cancels the source. */
  async pipe(source: ReadableStream<Uint8Array>): Promise<void> {
    const reader = source.getReader();
    this.#source = reader;
    if (this.#failure) this.#cancelSource();
    const { id, limits } = this.#options;
    const alive = setInterval(() => this.#tellAlive(), limits.streamIdleMs / 3);
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) await this.#sendPiece(next.value);
      this.#throwFailure();
      this.#options.send({ op: 'stream_end', stream_id: id, bytes: this.#sent, checksum: this.#checksum });
    } catch (error) {
      this.abort(error);
      this.#throwFailure();
    } finally {
      clearInterval(alive);
      this.#idle.stop();
    }
  }

  grant(bytes: number): void {
    if (bytes === 0) return;
    this.#credit += bytes;
    this.#idle.stop();
    if (this.#waiting) this.#askForTurn();
  }

  /** Ends the stream without a word to the reader, which knows. */
  fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#idle.stop();
    this.#cancelSource();
    this.#waiting?.sent.reject(error);
  }

  /** The same, and the reader is told. */
  abort(error: unknown): void {
    if (this.#failure) return;
    const { error: text, error_code = 'STREAM_ABORTED' } = encodeError(error, this.#options.redact);
    this.fail(error);
    try {
      this.#options.send({ op: 'stream_abort', stream_id: this.#options.id, error: text, error_code });
    } catch {
      // A channel that takes nothing more ends, or the reader's deadline passes.
    }
  }

  async #sendPiece(piece: Uint8Array): Promise<void> {
    for (let rest = piece; rest.byteLength > 0;) rest = rest.subarray(await this.#sendStart(rest));
  }

  /** Sends as much of `bytes` as one message may carry, when it may; resolves with how much that was. */
  #sendStart(bytes: Uint8Array): Promise<number> {
    this.#throwFailure();
    const sent = new Deferred<number>();
    this.#waiting = { bytes, sent };
    if (this.#credit > 0) this.#askForTurn();
    else this.#idle.start(`the reader of stream ${this.#options.id} took nothing`);
    return sent.promise;
  }

  #askForTurn(): void {
    if (this.#hasTurn) return;
    this.#hasTurn = true;
    this.#options.bulk.push(() => this.#takeTurn());
  }

  #takeTurn(): void {
    this.#hasTurn = false;
    const waiting = this.#waiting;
    if (this.#failure || !waiting) return;
    this.#waiting = undefined;
    const size = Math.min(waiting.bytes.byteLength, this.#credit, this.#options.limits.streamChunkBytes);
    const data = waiting.bytes.subarray(0, size);
    try {
      this.#options.send({ op: 'stream_data', stream_id: this.#options.id, data });
    } catch (error) {
      return waiting.sent.reject(error);
    }
    this.#credit -= size;
    this.#sent += size;
    this.#checksum = crc32(data, this.#checksum);
    waiting.sent.resolve(size);
  }

  /** While the source is idle. What waits for credit has a deadline of its own. */
  #tellAlive(): void {
    if (this.#waiting || this.#failure || this.#credit === 0) return;
    try {
      this.#options.send({ op: 'stream_data', stream_id: this.#options.id, data: new Uint8Array() });
    } catch (error) {
      this.abort(error);
    }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Which also ends a read of it that waits. */
  #cancelSource(): void {
    this.#source?.cancel(this.#failure?.error).catch(() => undefined);
  }
}
