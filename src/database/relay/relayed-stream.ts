import { WireError } from '../../foundation/index.js';
import type { Pipe, PipeReceiver } from '../../wire/index.js';
import { DriverStream } from '../driver-stream.js';

/**
 * What a database driver takes for its socket: a pipe to a backend that the orchestrator lends. `open` is called when
 * the driver connects, and at once for a driver that does not call `connect`.
 */
export class RelayedStream extends DriverStream {
  readonly #open: (receiver: PipeReceiver) => Pipe;
  #pipe: Pipe | undefined;
  #unread: Uint8Array[] = [];
  #isReading = false;
  #hasEnded = false;
  #written: (() => void) | undefined;

  constructor(open: (receiver: PipeReceiver) => Pipe) {
    super({ allowHalfOpen: false });
    this.#open = open;
  }

  override connect(): this {
    process.nextTick(() => {
      if (this.#connected()) this.emit('connect');
    });
    return this;
  }

  override _read(): void {
    this.#isReading = true;
    this.#connected();
    while (this.#isReading && this.#unread.length > 0) this.#deliver(this.#unread.shift()!);
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(bytes, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#pipe?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#unread = [];
    this.#pipe?.abort(error ?? new WireError('STREAM_ABORTED', 'the driver closed its connection'));
    done(error);
  }

  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (!this.#connected() || this.#pipe === undefined || this.#hasEnded) return done();
    if (this.#pipe.write(bytes)) done();
    else this.#written = done;
  }

  #goOn(): void {
    const done = this.#written;
    this.#written = undefined;
    done?.();
  }

  #deliver(bytes: Uint8Array): void {
    if (bytes === endMark) return void this.push(null);
    this.#pipe?.taken(bytes.byteLength);
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!this.push(view)) this.#isReading = false;
  }

  /** False when it is destroyed or cannot be opened, which destroys it. */
  #connected(): boolean {
    if (this.destroyed) return false;
    if (this.#pipe !== undefined) return true;
    try {
      this.#pipe = this.#open({
        data: (bytes) => {
          if (this.#isReading) this.#deliver(bytes);
          else this.#unread.push(bytes);
        },
        drained: () => this.#goOn(),
        ended: () => this.#ended(),
        closed: (error) => {
          if (error) this.destroy(socketError(error));
        },
      });
      return true;
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  /** Nothing more comes; what did is read first. Nobody takes any more either, so that what waits to be sent is dropped. */
  #ended(): void {
    this.#hasEnded = true;
    this.#goOn();
    if (this.#unread.length === 0) this.push(null);
    else this.#unread.push(endMark);
  }
}

const endMark = new Uint8Array();

/** As a socket says it, which is what drivers know. */
function socketError(error: Error): Error {
  if (!(error instanceof WireError)) return error;
  return Object.assign(new Error(error.message, { cause: error }), { code: 'ECONNRESET' });
}
