import { WireError } from '../../foundation/index.js';

export interface LineReceiver {
  onLine(line: string): void;
  onBadLine(error: Error, startOfLine: string): void;
}

const newline = 0x0a;
/** Far more than logs show of it, so that whoever redacts the text sees a secret whole where the log ends. */
const shownBytes = 8_192;
const nothing = Buffer.alloc(0);

/**
 * Cuts bytes into lines of UTF-8 text. A line that is too long or not UTF-8 is reported with its first bytes and
 * dropped; memory never holds more than twice the allowed length. Empty lines are skipped, a final CR removed.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  readonly #receiver: LineReceiver;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** What came of the line so far: bytes, not chunks, since a line may come byte by byte. */
  #buffer: Buffer = nothing;
  #length = 0;
  #isDropping = false;

  constructor(maxLineBytes: number, receiver: LineReceiver) {
    this.#maxLineBytes = maxLineBytes;
    this.#receiver = receiver;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#finishLine(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#take(chunk.subarray(start));
  }

  /** The stream ended: what stands after the last newline is half a line, never a message. */
  end(): void {
    if (this.#length > 0)
      this.#reportAndReset(
        new WireError('MESSAGE_INVALID', `the stream ended in the middle of a line of ${this.#length} bytes`),
      );
  }

  #take(part: Buffer): void {
    if (this.#isDropping || part.length === 0) return;
    const length = this.#length + part.length;
    if (length > this.#buffer.length) this.#grow(Math.min(length, this.#maxLineBytes));
    part.copy(this.#buffer, this.#length);
    this.#length = length;
    if (length <= this.#maxLineBytes) return;
    this.#length = this.#maxLineBytes;
    this.#reportAndReset(
      new WireError('LINE_TOO_LONG', `a line is longer than the limit of ${this.#maxLineBytes} bytes; it was dropped`),
    );
    this.#isDropping = true;
  }

  #finishLine(last: Buffer): void {
    const isWhole = this.#length === 0 && last.length <= this.#maxLineBytes;
    if (!isWhole) this.#take(last);
    if (this.#isDropping) {
      this.#isDropping = false;
      return;
    }
    const bytes = isWhole ? last : this.#buffer.subarray(0, this.#length);
    let text: string;
    try {
      text = this.#decoder.decode(bytes);
    } catch {
      return this.#reportAndReset(
        new WireError('MESSAGE_INVALID', `a line of ${bytes.length} bytes is not UTF-8; it was dropped`),
        bytes,
      );
    }
    this.#reset();
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (line !== '') this.#receiver.onLine(line);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, 2 * this.#buffer.length), this.#maxLineBytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }

  #reportAndReset(error: WireError, line = this.#buffer.subarray(0, this.#length)): void {
    const start = line.subarray(0, shownBytes).toString('utf8');
    this.#reset();
    this.#receiver.onBadLine(error, start);
  }

  #reset(): void {
    this.#buffer = nothing;
    this.#length = 0;
  }
}
