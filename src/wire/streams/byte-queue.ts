/** Smaller pieces are gathered, so that bytes that came one by one take little more memory than they are. */
const gatheredBytes = 4_096;
const gatherCapacity = 16_384;

/** Bytes in the order they came, handed out in pieces. */
export class ByteQueue {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** The buffer behind the last piece, while there is room in it. */
  #gathering: Uint8Array | undefined;

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps large pieces as they are, which must not change afterwards, and copies small ones. */
  push(piece: Uint8Array): void {
    if (piece.byteLength === 0) return;
    this.#bytes += piece.byteLength;
    if (piece.byteLength >= gatheredBytes) {
      this.#gathering = undefined;
      this.#pieces.push(piece);
    } else {
      this.#gather(piece);
    }
  }

  shift(): Uint8Array | undefined {
    const piece = this.#pieces.shift();
    if (this.#pieces.length === 0) this.#gathering = undefined;
    this.#bytes -= piece?.byteLength ?? 0;
    return piece;
  }

  clear(): void {
    this.#pieces.length = 0;
    this.#gathering = undefined;
    this.#bytes = 0;
  }

  #gather(piece: Uint8Array): void {
    const last = this.#gathering === undefined ? undefined : this.#pieces.pop();
    const length = last?.byteLength ?? 0;
    if (last === undefined || this.#gathering === undefined || length + piece.byteLength > gatherCapacity) {
      if (last !== undefined) this.#pieces.push(last);
      this.#gathering = new Uint8Array(gatherCapacity);
      this.#gathering.set(piece);
      this.#pieces.push(this.#gathering.subarray(0, piece.byteLength));
    } else {
      this.#gathering.set(piece, length);
      this.#pieces.push(this.#gathering.subarray(0, length + piece.byteLength));
    }
  }
}
