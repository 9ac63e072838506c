import { DriverStream } from '../driver-stream.js';
import type { PgliteSession } from './pglite-session.js';

const terminate = 'X'.charCodeAt(0);
const cancelRequest = 80_877_102;

/** A connection of pg's to PGlite: its bytes go there in whole messages, after the connection before it has ended. */
export class PgliteStream extends DriverStream {
  readonly #session: PgliteSession;
  #entered: Promise<() => void> | undefined;
  #isStarted = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(session: PgliteSession) {
    super({ allowHalfOpen: false });
    this.#session = session;
  }

  override connect(): this {
    process.nextTick(() => {
      if (!this.destroyed) this.emit('connect');
    });
    return this;
  }

  override _read(): void {
    // What PGlite answers is there when the message was run; it cannot be told to wait.
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    void settle(this.#take(bytes), done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    void settle(this.#take(Buffer.concat(chunks.map(({ chunk }) => chunk))), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    void this.#leave();
    done(error);
  }

  async #leave(): Promise<void> {
    const leave = await this.#entered;
    leave?.();
  }

  async #take(bytes: Buffer): Promise<void> {
    this.#rest = this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (!this.#isStarted) await this.#start();
    let end = 0;
    let isOver = false;
    while (this.#isStarted && !isOver && this.#rest.byteLength >= end + 5) {
      const next = end + 1 + this.#rest.readInt32BE(end + 1);
      if (next > this.#rest.byteLength) break;
      isOver = this.#rest[end] === terminate;
      if (!isOver) end = next;
    }
    const messages = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end);
    if (end > 0) await this.#run(messages);
    if (isOver) this.push(null);
  }

  /** The first message, which has no type. */
  async #start(): Promise<void> {
    if (this.#rest.byteLength < 8 || this.#rest.byteLength < this.#rest.readInt32BE(0)) return;
    const startup = this.#rest.subarray(0, this.#rest.readInt32BE(0));
    this.#rest = this.#rest.subarray(startup.byteLength);
    // A statement has ended before anybody could ask for it.
    if (startup.readInt32BE(4) === cancelRequest) return void this.push(null);
    this.#entered = this.#session.enter();
    await this.#entered;
    if (this.destroyed) return;
    this.#isStarted = true;
    await this.#run(startup);
  }

  async #run(messages: Buffer): Promise<void> {
    try {
      await this.#session.run(messages, (answer) => void (this.destroyed || this.push(answer)));
    } catch (cause) {
      // As a socket says it, which is what pg knows.
      throw Object.assign(new Error('PGlite failed', { cause }), { code: 'ECONNRESET' });
    }
  }
}

async function settle(work: Promise<void>, done: (error?: Error | null) => void): Promise<void> {
  try {
    await work;
  } catch (error) {
    return done(error as Error);
  }
  done();
}
