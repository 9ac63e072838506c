import { WireError } from '../../foundation/index.js';
import { decodeError } from '../error-frame.js';
import { defaultWireLimits, type WireLimits } from '../limits.js';
import type { Pipe, PipeReceiver } from '../pipe.js';
import type { StreamAbortMessage, StreamMessage } from '../stream-messages.js';
import { BulkQueue, type QueuePort } from './bulk-queue.js';
import { StreamPipe } from './stream-pipe.js';
import { StreamReader } from './stream-reader.js';
import { StreamWriter } from './stream-writer.js';

export interface StreamTableOptions {
  readonly send: (message: StreamMessage) => void;
  /** The channel that `send` writes to. */
  readonly queue: QueuePort;
  readonly limits?: Partial<WireLimits> | undefined;
  /** Applied to error texts before they leave. */
  readonly redact?: (text: string) => string;
}

/**
 * The byte streams of one session, both ways. A reader holds at most its window, a writer one piece of its source, so a
 * consumer that stalls costs that much and delays no other stream; the number of streams is bounded.
 */
export class StreamTable {
  readonly #options: StreamTableOptions;
  readonly #limits: WireLimits;
  readonly #bulk: BulkQueue;
  readonly #readers = new Map<string, StreamReader | StreamPipe>();
  readonly #writers = new Map<string, StreamWriter | StreamPipe>();
  #closed: Error | undefined;

  constructor(options: StreamTableOptions) {
    this.#options = options;
    this.#limits = { ...defaultWireLimits, ...options.limits };
    this.#bulk = new BulkQueue(options.queue, this.#limits.bulkQueueBytes);
  }

  /** The session goes on over another channel. */
  moveTo(queue: QueuePort): void {
    this.#bulk.moveTo(queue);
  }

  /** Bytes that have come and nobody took, over all streams. */
  get queuedBytes(): number {
    return [...this.#readers.values()].reduce((sum, { queuedBytes }) => sum + queuedBytes, 0);
  }

  /**
   * Begins to read the stream a message named; cancel what you do not want. It fails with STREAM_CORRUPT, STREAM_ABORTED
   * or the writer's error, CALL_TIMEOUT when nothing comes, CHANNEL_CLOSED; `onFailure` hears of it even when nobody
   * reads. Throws BACKPRESSURE when too many are open, MESSAGE_INVALID when this one already is.
   */
  read(id: string, onFailure: (error: Error) => void = () => undefined): ReadableStream<Uint8Array> {
    this.#admit(this.#readers, id, () => this.refuse(id, 'too many streams are open'));
    const reader = new StreamReader({
      id,
      limits: this.#limits,
      send: this.#options.send,
      onDone: (error) => {
        this.#readers.delete(id);
        if (error) onFailure(error);
      },
    });
    this.#readers.set(id, reader);
    return reader.readable;
  }

  /**
   * Writes all of `source` to the stream `id`, which a message has named or will; no byte goes before the peer reads it.
   * Resolves when it is sent. Rejects with the failure of the source, the signal's reason, the peer's error
   * (STREAM_ABORTED when it wants no more), CALL_TIMEOUT when it takes nothing, CHANNEL_CLOSED, BACKPRESSURE when too
   * many are open; the source is cancelled then.
   */
  async write(id: string, source: ReadableStream<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const { send, redact = (text) => text } = this.#options;
    let writer: StreamWriter;
    try {
      signal?.throwIfAborted();
      this.#admit(this.#writers, id);
      writer = new StreamWriter({ id, limits: this.#limits, bulk: this.#bulk, send, redact });
    } catch (error) {
      source.cancel(error).catch(() => undefined);
      throw error;
    }
    this.#writers.set(id, writer);
    const onAbort = () => writer.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await writer.pipe(source);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#writers.delete(id);
    }
  }

  /**
   * Opens this end of a pipe, which the far end opens under the same id: who names it sends that message first. Nothing
   * that is written goes before both are open. Throws BACKPRESSURE when too many streams are open, MESSAGE_INVALID when
   * this one already is, CHANNEL_CLOSED.
   */
  pipe(id: string, receiver: PipeReceiver): Pipe {
    const { send, redact = (text) => text } = this.#options;
    this.#admit(this.#readers, id);
    this.#admit(this.#writers, id);
    const onClose = () => {
      this.#readers.delete(id);
      this.#writers.delete(id);
    };
    const pipe = new StreamPipe({ id, limits: this.#limits, bulk: this.#bulk, send, redact, receiver, onClose });
    this.#readers.set(id, pipe);
    this.#writers.set(id, pipe);
    return pipe;
  }

  /** Tells the writer of a stream that nobody will read it. */
  refuse(id: string, reason: string): void {
    this.#options.send({ op: 'stream_abort', stream_id: id, error: reason, error_code: 'STREAM_ABORTED' });
  }

  /** Ends the reading of a stream, if it is not over: the writer is told, and whoever reads it gets STREAM_ABORTED. */
  stopReading(id: string): void {
    this.#readers.get(id)?.abort(new WireError('STREAM_ABORTED', `stream ${id} is not needed any more`));
  }

  /** Drops what belongs to no stream: of one that was aborted something may still be on its way. */
  accept(message: StreamMessage): void {
    const id = message.stream_id;
    const reader = this.#readers.get(id);
    const writer = this.#writers.get(id);
    switch (message.op) {
      case 'stream_data':
        return reader?.takeData(message);
      case 'stream_end':
        return reader?.takeEnd(message);
      case 'stream_credit':
        return writer?.grant(message.bytes);
      case 'stream_abort': {
        const error = errorOf(message);
        reader?.fail(error);
        writer?.fail(error);
      }
    }
  }

  /** Fails every stream, and each later one. */
  failAll(error: Error): void {
    this.#closed = error;
    for (const stream of [...this.#readers.values(), ...this.#writers.values()]) stream.fail(error);
  }

  #admit(streams: ReadonlyMap<string, unknown>, id: string, onFull?: () => void): void {
    if (this.#closed) throw this.#closed;
    if (streams.has(id)) throw new WireError('MESSAGE_INVALID', `stream ${id} is open already`);
    if (streams.size < this.#limits.maxStreams) return;
    onFull?.();
    throw new WireError('BACKPRESSURE', `${this.#limits.maxStreams} streams are open already: retry when some ended`, {
      retryable: true,
    });
  }
}

/** The far side's error again. */
function errorOf({ error, error_code }: StreamAbortMessage): Error {
  return decodeError('Jwt', { error, ...(error_code !== undefined && { error_code }) });
}
