import { StringDecoder } from 'node:string_decoder';
import type { Redactor } from '../foundation/index.js';
import { JoinedLines } from './joined-lines.js';

/** Ends each piece of a line that was cut because it was too long. */
export const cutMark = ' …';

export interface OutputLinesOptions {
  readonly redactor: Redactor;
  /** Longer lines arrive in pieces of at most this many bytes of UTF-8, each but the last followed by `cutMark`. Default 64 KiB. */
  readonly maxLineBytes?: number;
  /** Receives each line, redacted, without its line end. */
  readonly onLine: (line: string) => void;
}

/**
 * Turns the chunks of a captured output into redacted lines. Holds at most two pieces, one chunk and what `JoinedLines` does; characters and
 * secrets that straddle chunks or the end of a piece are kept whole. Bytes that are not UTF-8 become U+FFFD.
 */
export class OutputLines {
  readonly #decoder = new StringDecoder('utf8');
  readonly #maxBytes: number;
  readonly #joined: JoinedLines;
  #pending = '';

  constructor(private readonly options: OutputLinesOptions) {
    this.#maxBytes = Math.max(4, options.maxLineBytes ?? 64 * 1024);
    this.#joined = new JoinedLines(options.redactor, (line) => options.onLine(this.#cut(line, this.#maxBytes)));
  }

  push(chunk: Uint8Array): void {
    this.#take(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  }

  /** Delivers an unfinished last line. */
  end(): void {
    this.#take(this.#decoder.end());
    const last = this.#pending;
    this.#pending = '';
    if (last !== '') this.#joined.push(last);
    this.#joined.flush();
  }

  #take(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const line = this.#pending + text.slice(start, end);
      this.#pending = '';
      this.#joined.push(line.endsWith('\r') ? line.slice(0, -1) : line);
      start = end + 1;
    }
    this.#pending += text.slice(start);
    // A second piece stays behind, so that a secret at the cut is seen whole before anything of it leaves.
    if (this.#pending.length <= 2 * this.#maxBytes) return;
    this.#joined.flush();
    this.#pending = this.#cut(this.options.redactor.redact(this.#pending), 2 * this.#maxBytes);
  }

  /** Delivers pieces from the front of `text` until at most `keep` bytes are left, which it returns. */
  #cut(text: string, keep: number): string {
    let bytes: Buffer = Buffer.from(text);
    if (bytes.length <= keep) return text;
    while (bytes.length > keep) {
      let end = Math.min(this.#maxBytes, bytes.length);
      while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
      this.options.onLine(bytes.toString('utf8', 0, end) + cutMark);
      bytes = bytes.subarray(end);
    }
    return bytes.toString();
  }
}
