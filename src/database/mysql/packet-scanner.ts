/** Looks at packets as they pass, in any cut, without ever putting a large one together. */
export interface PacketVisitor {
  /** A packet began; from `offset` lie at least its first bytes, as many as the scanner was asked for or it has. */
  begin(bytes: Uint8Array, offset: number, length: number, sequence: number): void;
  /** It ended just before `offset` of the chunk that is scanned; `sequence` is that of its last part. */
  end(offset: number, sequence: number): void;
}

const headerBytes = 4;
/** A payload of this length goes on in the next packet. */
export const maxPayloadBytes = 0xff_ff_ff;

/**
 * Finds the packets of the MySQL protocol in a stream of bytes. A payload of 16 MB and more, which travels in several
 * packets, counts as one.
 */
export class PacketScanner {
  readonly #headBytes: number;
  #headerFilled = 0;
  #length = 0;
  #sequence = 0;
  #remaining = 0;
  #announcedBytes = 0;
  #continues = false;
  #begun = false;
  #head: Uint8Array | undefined;
  #headFilled = 0;

  constructor(headBytes: number) {
    this.#headBytes = headBytes;
  }

  /** Whether part of a packet came and the rest did not. */
  get midPacket(): boolean {
    return this.#headerFilled > 0 || this.#continues;
  }

  /** How long the packet is that began last, as far as its parts have said. */
  get announcedBytes(): number {
    return this.#announcedBytes;
  }

  /** Of its last part. */
  get sequence(): number {
    return this.#sequence;
  }

  scan(chunk: Uint8Array, visitor: PacketVisitor): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerFilled < headerBytes) {
        at = this.#takeHeader(chunk, at);
        if (this.#headerFilled < headerBytes) return;
      }
      if (!this.#begun) this.#takeHead(chunk, at, visitor);
      const taken = Math.min(this.#remaining, chunk.length - at);
      at += taken;
      this.#remaining -= taken;
      if (this.#remaining === 0) this.#endPart(at, visitor);
    }
  }

  /** Returns where it ends in the chunk. */
  #takeHeader(chunk: Uint8Array, start: number): number {
    let at = start;
    // Of most packets: rows come by the hundred.
    if (this.#headerFilled === 0 && chunk.length - at >= headerBytes) {
      this.#length = chunk[at]! | (chunk[at + 1]! << 8) | (chunk[at + 2]! << 16);
      this.#sequence = chunk[at + 3]!;
      this.#headerFilled = headerBytes;
      at += headerBytes;
    }
    for (; this.#headerFilled < headerBytes && at < chunk.length; this.#headerFilled += 1, at += 1) {
      if (this.#headerFilled < 3) this.#length |= chunk[at]! << (8 * this.#headerFilled);
      else this.#sequence = chunk[at]!;
    }
    if (this.#headerFilled < headerBytes) return at;
    this.#remaining = this.#length;
    this.#announcedBytes = this.#length + (this.#continues ? this.#announcedBytes : 0);
    return at;
  }

  #takeHead(chunk: Uint8Array, at: number, visitor: PacketVisitor): void {
    const wanted = Math.min(this.#length, this.#headBytes);
    if (this.#head === undefined && chunk.length - at >= wanted) {
      this.#begun = true;
      visitor.begin(chunk, at, this.#length, this.#sequence);
      return;
    }
    this.#head ??= new Uint8Array(wanted);
    const part = chunk.subarray(at, at + wanted - this.#headFilled);
    this.#head.set(part, this.#headFilled);
    this.#headFilled += part.length;
    if (this.#headFilled < wanted) return;
    this.#begun = true;
    visitor.begin(this.#head, 0, this.#length, this.#sequence);
  }

  #endPart(at: number, visitor: PacketVisitor): void {
    this.#continues = this.#length === maxPayloadBytes;
    this.#headerFilled = 0;
    this.#length = 0;
    if (this.#continues) return;
    this.#begun = false;
    this.#head = undefined;
    this.#headFilled = 0;
    visitor.end(at, this.#sequence);
  }
}
