import { WireError } from '../../foundation/index.js';
import { utf8Text } from './utf8-text.js';

/** The format codes of PROTOCOL section 1. Python peers write JSON as 0, which the protocol calls Auto and forbids. */
export const frameFormats = { json: 1, binary: 2, base64: 3 } as const;
export type FrameFormat = keyof typeof frameFormats;

export interface Frame {
  readonly format: FrameFormat;
  readonly payload: Buffer;
}

export interface FrameReceiver {
  onFrame(frame: Frame): void;
  /** Gets what most frames are, the text of one of format `json` that came in one piece; without it that is a frame, too. */
  onText?(text: string): void;
  /** The bytes make no frames any more; nothing is delivered after it. */
  onBadFrame(error: WireError): void;
}

export interface FrameSplitterOptions {
  /** The longest payload accepted. */
  readonly maxFrameBytes: number;
  /** Takes format 0 as JSON, as Python peers write it (DEFECTS P6). Default false: it ends the stream. */
  readonly takesFormatZero?: boolean;
}

/** Of a frame: 4 bytes of length, 1 byte of format. */
export const headerBytes = 5;
const formats: readonly (FrameFormat | undefined)[] = [undefined, 'json', 'binary', 'base64'];
/** Of frames that are read together. */
const longestAtOnce = 16 * 1024;
const nothing = Buffer.alloc(0);

/** One frame: 4 bytes of length (big-endian, of the payload alone), 1 byte of format, the payload. */
export function encodeFrame(format: FrameFormat, payload: Uint8Array | string): Buffer {
  if (!Object.hasOwn(frameFormats, format))
    throw new WireError(
      'MESSAGE_INVALID',
      `there is no frame format '${format as string}'; write json, binary or base64`,
    );
  const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength;
  if (length > 0xffff_ffff)
    throw new WireError('LINE_TOO_LONG', `a frame cannot hold ${length} bytes`, { details: { bytes: length } });
  const frame = Buffer.allocUnsafe(headerBytes + length);
  const start = encodeHeader(frame, 0, format, length);
  if (typeof payload === 'string') frame.write(payload, start, 'utf8');
  else frame.set(payload, start);
  return frame;
}

/** Writes the header of a frame; returns where its payload begins. */
export function encodeHeader(target: Buffer, at: number, format: FrameFormat, length: number): number {
  target.writeUInt32BE(length, at);
  target[at + 4] = frameFormats[format];
  return at + headerBytes;
}

/** The same header, one byte for each character. */
export function headerText(format: FrameFormat, length: number): string {
  const { fromCharCode } = String;
  return fromCharCode(length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255, frameFormats[format]);
}

/** The JSON text a frame holds, whatever its format. Throws `WireError` MESSAGE_INVALID when it holds none. */
export function textOfFrame({ format, payload }: Frame): string {
  const bytes = format === 'base64' ? decodeBase64(payload) : payload;
  const text = utf8Text(bytes);
  if (text === undefined)
    throw new WireError('MESSAGE_INVALID', `a ${format} frame of ${payload.length} bytes is not UTF-8`);
  return text;
}

/**
 * Cuts bytes into frames, however they come. Length and format are checked before anything is kept for them, so a lying
 * length costs nothing; memory holds at most one payload of the allowed length.
 */
export class FrameSplitter {
  readonly #options: FrameSplitterOptions;
  readonly #receiver: FrameReceiver;
  readonly #header = Buffer.alloc(headerBytes);
  #headerLength = 0;
  #format: FrameFormat = 'json';
  /** Grows with what really came, never with what was announced; bytes, not chunks, since a frame may come byte by byte. */
  #buffer: Buffer = nothing;
  #received = 0;
  #expected = 0;
  #isBroken = false;

  constructor(options: FrameSplitterOptions, receiver: FrameReceiver) {
    this.#options = options;
    this.#receiver = receiver;
  }

  push(chunk: Buffer): void {
    let at = this.#headerLength === 0 ? this.#takeTexts(chunk) : 0;
    while (at < chunk.length && !this.#isBroken)
      at = this.#isInPayload() ? this.#takePayload(chunk, at) : this.#takeHeader(chunk, at);
  }

  /** The stream ended: half a frame is an error. */
  end(): void {
    if (this.#headerLength > 0) this.#break('MESSAGE_INVALID', 'the stream ended in the middle of a frame');
  }

  #isInPayload(): boolean {
    return this.#headerLength === headerBytes;
  }

  /**
   * The whole frames that a chunk begins with, when they are short and of ASCII as most are: read as one text, which takes
   * half the time of reading each. Returns where they end.
   */
  #takeTexts(chunk: Buffer): number {
    if (this.#receiver.onText === undefined || this.#isBroken) return 0;
    const ends: number[] = [];
    let end = 0;
    /** Of the headers: beyond ASCII. */
    let highBytes = 0;
    while (chunk.length - end > headerBytes && chunk[end + 4] === frameFormats.json) {
      const length = chunk.readUInt32BE(end);
      const next = end + headerBytes + length;
      if (length === 0 || length > this.#options.maxFrameBytes || length > longestAtOnce || next > chunk.length) break;
      highBytes += (chunk[end + 2]! >>> 7) + (chunk[end + 3]! >>> 7);
      ends.push(next);
      end = next;
    }
    if (end === 0) return 0;
    const text = chunk.toString('latin1', 0, end);
    if (Buffer.byteLength(text) !== end + highBytes) return 0;
    let start = 0;
    for (const each of ends) {
      this.#receiver.onText(text.slice(start + headerBytes, each));
      start = each;
    }
    return end;
  }

  /** Returns where it ends in the chunk. */
  #takeHeader(chunk: Buffer, at: number): number {
    const isWhole = this.#headerLength === 0 && chunk.length - at >= headerBytes;
    if (isWhole) {
      this.#headerLength = headerBytes;
      this.#begin(chunk.readUInt32BE(at), chunk[at + 4]!);
      return at + headerBytes;
    }
    const taken = chunk.copy(this.#header, this.#headerLength, at, at + headerBytes - this.#headerLength);
    this.#headerLength += taken;
    if (this.#isInPayload()) this.#begin(this.#header.readUInt32BE(0), this.#header[4]!);
    return at + taken;
  }

  #begin(length: number, code: number): void {
    const format = code === 0 && this.#options.takesFormatZero ? 'json' : formats[code];
    if (format === undefined) return this.#break('MESSAGE_INVALID', `there is no frame format ${code}`);
    const { maxFrameBytes } = this.#options;
    if (length > maxFrameBytes)
      return this.#break('LINE_TOO_LONG', `a frame of ${length} bytes is longer than the limit of ${maxFrameBytes}`);
    this.#format = format;
    this.#expected = length;
    if (length === 0) this.#finish(nothing);
  }

  /** Returns where it ends in the chunk. */
  #takePayload(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#expected - this.#received);
    if (end - at === this.#expected && this.#takeText(chunk, at, end)) return end;
    const part = chunk.subarray(at, end);
    const isWhole = part.length === this.#expected;
    if (!isWhole) this.#keep(part);
    if (isWhole) this.#finish(part);
    else if (this.#received === this.#expected) this.#finish(this.#buffer.subarray(0, this.#expected));
    return end;
  }

  /** False for what has to be a frame. */
  #takeText(chunk: Buffer, start: number, end: number): boolean {
    if (this.#format !== 'json' || this.#receiver.onText === undefined) return false;
    const text = utf8Text(chunk, start, end);
    if (text === undefined) return false;
    this.#headerLength = 0;
    this.#receiver.onText(text);
    return true;
  }

  #keep(part: Buffer): void {
    const received = this.#received + part.length;
    if (received > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(received, 2 * this.#buffer.length), this.#expected));
      this.#buffer.copy(larger, 0, 0, this.#received);
      this.#buffer = larger;
    }
    part.copy(this.#buffer, this.#received);
    this.#received = received;
  }

  #finish(payload: Buffer): void {
    this.#headerLength = 0;
    this.#buffer = nothing;
    this.#received = 0;
    this.#receiver.onFrame({ format: this.#format, payload });
  }

  #break(code: 'MESSAGE_INVALID' | 'LINE_TOO_LONG', reason: string): void {
    this.#isBroken = true;
    this.#headerLength = 0;
    this.#buffer = nothing;
    this.#receiver.onBadFrame(new WireError(code, reason));
  }
}

/** Standard base64 with its padding, and nothing else: Node would skip what is not base64. */
function decodeBase64(text: Buffer): Buffer {
  const decoded = Buffer.from(text.toString('latin1'), 'base64');
  if (decoded.toString('base64') !== text.toString('latin1'))
    throw new WireError('MESSAGE_INVALID', `a base64 frame of ${text.length} bytes is not base64 with padding`);
  return decoded;
}
