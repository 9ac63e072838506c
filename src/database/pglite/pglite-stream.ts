import { randomBytes } from 'node:crypto';
import { DriverStream } from '../driver-stream.js';
import { cancelRequest, errorResponse, frameType } from '../postgres/postgres-frames.js';
import type { PgliteHolder, PgliteSession } from './pglite-session.js';

const terminate = frameType('X');
const backendKey = frameType('K');

/** A connection of pg's to PGlite: its bytes go there in whole messages, after the connection before it has ended. */
export class PgliteStream extends DriverStream implements PgliteHolder {
  readonly cancelKey = randomBytes(8);
  readonly #session: PgliteSession;
  #entered: Promise<() => void> | undefined;
  #isStarted = false;
  #isOver = false;
  #rest: Buffer = Buffer.alloc(0);
  /** What came after it, of a message of which so many bytes are needed: joined once, however many parts it has. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #needed = 0;

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
    this.#isOver = true;
    void this.#leave();
    done(error);
  }

  interrupted(): void {
    const sqlState = '57014';
    const message = 'the statement was ended, and the connection with it';
    this.#answer(errorResponse({ severity: 'FATAL', sqlState, message }));
    this.#end();
  }

  #answer(bytes: Buffer): void {
    if (!this.#isOver) this.push(bytes);
  }

  /** Once all is read it is closed, even while PGlite still works at what was written. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.once('end', () => this.destroy());
    this.push(null);
  }

  async #leave(): Promise<void> {
    const leave = await this.#entered;
    leave?.();
  }

  async #take(bytes: Buffer): Promise<void> {
    this.#parts.push(bytes);
    this.#partBytes += bytes.byteLength;
    if (this.#rest.byteLength + this.#partBytes < this.#needed) return;
    this.#rest =
      this.#rest.byteLength === 0 && this.#parts.length === 1 ? bytes : Buffer.concat([this.#rest, ...this.#parts]);
    this.#parts = [];
    this.#partBytes = 0;
    this.#needed = 0;
    if (!this.#isStarted) await this.#start();
    let end = 0;
    let isLast = false;
    while (this.#isStarted && !isLast && this.#rest.byteLength >= end + 5) {
      const next = end + 1 + this.#rest.readInt32BE(end + 1);
      if (next > this.#rest.byteLength) {
        this.#needed = next - end;
        break;
      }
      isLast = this.#rest[end] === terminate;
      if (!isLast) end = next;
    }
    const messages = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end);
    if (end > 0) await this.#run(messages, (answer) => this.#answer(answer));
    if (isLast) this.#end();
  }

  /** The first message, which has no type. */
  async #start(): Promise<void> {
    if (this.#rest.byteLength < 8 || this.#rest.byteLength < this.#rest.readInt32BE(0)) return;
    const startup = this.#rest.subarray(0, this.#rest.readInt32BE(0));
    this.#rest = this.#rest.subarray(startup.byteLength);
    if (startup.readInt32BE(4) === cancelRequest) {
      await this.#session.cancel(startup.subarray(8));
      return this.#end();
    }
    this.#entered = this.#session.enter(this);
    await this.#entered;
    if (this.destroyed) return;
    this.#isStarted = true;
    const answers: Buffer[] = [];
    await this.#run(startup, (answer) => void answers.push(answer));
    this.#answer(withKey(Buffer.concat(answers), this.cancelKey));
  }

  async #run(messages: Buffer, onAnswer: (bytes: Buffer) => void): Promise<void> {
    try {
      await this.#session.run(messages, onAnswer);
    } catch (cause) {
      if (this.#isOver) return;
      // As a socket says it, which is what pg knows.
      throw Object.assign(new Error('PGlite failed', { cause }), { code: 'ECONNRESET' });
    }
  }
}

/** PGlite gives every connection the same key, so that a late request to cancel would meet the next. */
function withKey(answer: Buffer, key: Buffer): Buffer {
  for (let at = 0; at + 5 <= answer.byteLength; at += 1 + answer.readInt32BE(at + 1))
    if (answer[at] === backendKey) key.copy(answer, at + 5);
  return answer;
}

async function settle(work: Promise<void>, done: (error?: Error | null) => void): Promise<void> {
  try {
    await work;
  } catch (error) {
    return done(error as Error);
  }
  done();
}
