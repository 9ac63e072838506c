import { WireError } from '../../foundation/index.js';

export interface LineReceiver {
  onLine(line: string): void;
  onBadLine(error: Error, startOfLine: string): void;
}

const newline = 0x0a;
const shownBytes = 200;

/**
 * Cuts bytes into lines of UTF-8 text. A line that is too long or not UTF-8 is reported with its first bytes and
 * dropped; memory never holds more than one line of the allowed length. Empty lines are skipped, a final CR removed.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  readonly #receiver: LineReceiver;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #parts: Buffer[] = [];
  #length = 0;
  #isDropping = false;

  constructor(maxLineBytes: number, receiver: LineReceiver) {
    this.#maxLineBytes = maxLineBytes;
    this.#receiver = receiver;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#take(chunk.subarray(start, end));
      this.#finishLine();
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
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length > this.#maxLineBytes) {
      this.#reportAndReset(
        new WireError(
          'LINE_TOO_LONG',
          `a line is longer than the limit of ${this.#maxLineBytes} bytes; it was dropped`,
        ),
      );
      this.#isDropping = true;
    }
  }

  #finishLine(): void {
    if (this.#isDropping) {
      this.#isDropping = false;
      return;
    }
    if (this.#length === 0) return;
    let text: string;
    try {
      text = this.#decoder.decode(this.#bytes());
    } catch {
      return this.#reportAndReset(
        new WireError('MESSAGE_INVALID', `a line of ${this.#length} bytes is not UTF-8; it was dropped`),
      );
    }
    this.#reset();
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (line !== '') this.#receiver.onLine(line);
  }

  #bytes(): Buffer {
    return this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.#length);
  }

  #reportAndReset(error: WireError): void {
    const start = (this.#parts[0] ?? Buffer.alloc(0)).subarray(0, shownBytes).toString('utf8');
    this.#reset();
    this.#receiver.onBadLine(error, start);
  }

  #reset(): void {
    this.#parts = [];
    this.#length = 0;
  }
}
