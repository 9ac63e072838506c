/** What to do with a frame: pass it on, keep it from the far side, or decide when all of it was seen. */
export type FrameVerdict = 'pass' | 'drop' | 'hold';

export interface FrameVisitor {
  /** Frames of this type are passed on, and nobody is told of one that came whole. */
  readonly unseen?: number;
  /** A frame begins. */
  begin(type: number, bodyBytes: number): FrameVerdict;
  /** Some of the body of a frame that was to be held, or was passed on for being too long for that. */
  part(bytes: Uint8Array): void;
  /** The end of a frame. Whether one that was held is passed on; of others the answer counts nothing. */
  end(): boolean;
  /** Bytes of the frames to pass on, as they came where that is possible. */
  pass(bytes: Uint8Array): void;
}

const headerBytes = 5;
/** A longer frame is passed on while it is looked at. */
export const maxHeldBytes = 1024 ** 2;

/** Finds the frames of PostgreSQL's protocol (type, length, body) in bytes of any cut, without copying or joining bodies. */
export class FrameWalker {
  readonly #visitor: FrameVisitor;
  readonly #header = Buffer.alloc(headerBytes);
  #headerRead = 0;
  #bodyLeft = 0;
  #verdict: FrameVerdict = 'pass';
  #isLookedAt = false;
  /** Of the frame that is under way, what came earlier and is not decided. */
  #held: Uint8Array[] = [];

  constructor(visitor: FrameVisitor) {
    this.#visitor = visitor;
  }

  /** Whether the last frame came whole. */
  get isBetweenFrames(): boolean {
    return this.#headerRead === 0;
  }

  /** Throws a RangeError at a length that cannot be: nothing after it means anything. */
  push(bytes: Uint8Array): void {
    let at = 0;
    let passFrom = 0;
    let frameStart = 0;
    const passUntil = (end: number) => {
      if (end > passFrom)
        this.#visitor.pass(passFrom === 0 && end === bytes.byteLength ? bytes : bytes.subarray(passFrom, end));
    };
    while (at < bytes.byteLength) {
      if (this.#headerRead < headerBytes) {
        if (this.#headerRead === 0) {
          frameStart = at = this.#skipUnseen(bytes, at);
          if (at === bytes.byteLength) break;
        }
        at = this.#takeHeader(bytes, at);
        if (this.#headerRead < headerBytes) break;
        if (this.#verdict === 'pass') this.#passHeld();
      }
      const size = Math.min(this.#bodyLeft, bytes.byteLength - at);
      if (this.#isLookedAt && size > 0) this.#visitor.part(bytes.subarray(at, at + size));
      at += size;
      this.#bodyLeft -= size;
      if (this.#bodyLeft > 0) break;
      this.#headerRead = 0;
      const isPassed = this.#visitor.end();
      if (this.#verdict === 'drop' || (this.#verdict === 'hold' && !isPassed)) {
        passUntil(frameStart);
        passFrom = at;
        this.#held = [];
      } else {
        this.#passHeld();
      }
      frameStart = at;
    }
    const isUndecided = this.#headerRead > 0 && (this.#headerRead < headerBytes || this.#verdict !== 'pass');
    passUntil(isUndecided ? frameStart : bytes.byteLength);
    if (!isUndecided) return;
    if (this.#headerRead === headerBytes && this.#verdict === 'drop') this.#held = [];
    else this.#held.push(bytes.subarray(frameStart));
  }

  /** Returns where the first frame begins that has to be looked at: rows come by the hundred. */
  #skipUnseen(bytes: Uint8Array, start: number): number {
    const { unseen } = this.#visitor;
    let at = start;
    while (bytes[at] === unseen && bytes.byteLength - at >= headerBytes) {
      const length = lengthAt(bytes, at);
      if (length < 4 || length >= bytes.byteLength - at) break;
      at += 1 + length;
    }
    return at;
  }

  /** Returns where it ends in the bytes. */
  #takeHeader(bytes: Uint8Array, start: number): number {
    const isWhole = this.#headerRead === 0 && bytes.byteLength - start >= headerBytes;
    if (isWhole) {
      this.#headerRead = headerBytes;
      this.#begin(bytes, start);
      return start + headerBytes;
    }
    let at = start;
    while (this.#headerRead < headerBytes && at < bytes.byteLength) this.#header[this.#headerRead++] = bytes[at++]!;
    if (this.#headerRead === headerBytes) this.#begin(this.#header, 0);
    return at;
  }

  #begin(header: Uint8Array, at: number): void {
    const length = lengthAt(header, at);
    if (length < 4) throw new RangeError(`a frame with the length ${length}`);
    this.#bodyLeft = length - 4;
    this.#verdict = this.#visitor.begin(header[at]!, this.#bodyLeft);
    this.#isLookedAt = this.#verdict === 'hold';
    if (this.#verdict === 'hold' && this.#bodyLeft > maxHeldBytes) this.#verdict = 'pass';
  }

  #passHeld(): void {
    if (this.#held.length === 0) return;
    for (const piece of this.#held.splice(0)) this.#visitor.pass(piece);
  }
}

/** Of a frame, without its type. */
function lengthAt(header: Uint8Array, at: number): number {
  return (header[at + 1]! << 24) | (header[at + 2]! << 16) | (header[at + 3]! << 8) | header[at + 4]!;
}
