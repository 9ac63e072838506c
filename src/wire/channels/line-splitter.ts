import { WireError } from '../../foundation/index.js';
import { utf8Text } from './utf8-text.js';

export interface LineReceiver {
  onLine(line: string): void;
  onBadLine(error: Error, startOfLine: string): void;
}

export interface LineLimits {
  readonly maxLineBytes: number;
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
  readonly #limits: LineLimits;
  readonly #receiver: LineReceiver;
  /** What came of the line so far: bytes, not chunks, since a line may come byte by byte. */
  #buffer: Buffer = nothing;
  #length = 0;
  #isDropping = false;

  /** The limit is asked anew for every piece of a line. */
  constructor(limits: LineLimits, receiver: LineReceiver) {
    this.#limits = limits;
    this.#receiver = receiver;
  }

  push(chunk: Buffer): void {
    const end = chunk.lastIndexOf(newline) + 1;
    let start = 0;
    if (end > 0 && (this.#length > 0 || this.#isDropping)) {
      start = chunk.indexOf(newline) + 1;
      this.#finishLine(chunk.subarray(0, start - 1));
    }
    if (end > start) this.#takeLines(chunk.subarray(start, end - 1));
    this.#take(chunk.subarray(end));
  }

  /** The stream ended: what stands after the last newline is half a line, never a message. */
  end(): void {
    if (this.#length > 0)
      this.#reportAndReset(
        new WireError('MESSAGE_INVALID', `the stream ended in the middle of a line of ${this.#length} bytes`),
      );
  }

  /** Lines that came whole, with a newline between each two: read as one text when nothing is wrong with any of them. */
  #takeLines(bytes: Buffer): void {
    const text = bytes.length <= this.#limits.maxLineBytes ? utf8Text(bytes) : undefined;
    if (text !== undefined) {
      for (const line of text.split('\n')) this.#deliver(line);
      return;
    }
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      this.#finishLine(bytes.subarray(start, end));
      start = end + 1;
    }
    this.#finishLine(bytes.subarray(start));
  }

  #take(part: Buffer): void {
    if (this.#isDropping || part.length === 0) return;
    const length = this.#length + part.length;
    const { maxLineBytes } = this.#limits;
    if (length > this.#buffer.length) this.#grow(Math.min(length, maxLineBytes));
    part.copy(this.#buffer, this.#length);
    this.#length = length;
    if (length <= maxLineBytes) return;
    this.#length = maxLineBytes;
    this.#reportAndReset(
      new WireError('LINE_TOO_LONG', `a line is longer than the limit of ${maxLineBytes} bytes; it was dropped`),
    );
    this.#isDropping = true;
  }

  #finishLine(last: Buffer): void {
    const isWhole = this.#length === 0 && last.length <= this.#limits.maxLineBytes;
    if (!isWhole) this.#take(last);
    if (this.#isDropping) {
      this.#isDropping = false;
      return;
    }
    const bytes = isWhole ? last : this.#buffer.subarray(0, this.#length);
    const text = utf8Text(bytes);
    if (text === undefined) {
      return this.#reportAndReset(
        new WireError('MESSAGE_INVALID', `a line of ${bytes.length} bytes is not UTF-8; it was dropped`),
        bytes,
      );
    }
    this.#reset();
    this.#deliver(text);
  }

  #deliver(text: string): void {
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (line !== '') this.#receiver.onLine(line);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, 2 * this.#buffer.length), this.#limits.maxLineBytes));
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
