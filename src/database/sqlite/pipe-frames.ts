import { deserialize, serialize } from 'node:v8';

export const headerBytes = 4;

/** A message as it crosses a pipe between processes: its length, and what `v8.serialize` makes of it. */
export function frameOf(message: unknown): Buffer {
  const body = serialize(message);
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32LE(body.length);
  return Buffer.concat([header, body]);
}

/** Finds the messages in what a pipe gives, in pieces of any size. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;
  /** How much must be there before it is worth a look. */
  #needed = headerBytes;

  *push(chunk: Buffer): Generator {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#needed) {
      const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#size);
      const end = headerBytes + bytes.readUInt32LE();
      const isWhole = bytes.length >= end;
      const rest = isWhole ? bytes.subarray(end) : bytes;
      // An empty rest would hold on to all that stood before it.
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#size = rest.length;
      this.#needed = isWhole ? headerBytes : end;
      if (isWhole) yield deserialize(bytes.subarray(headerBytes, end));
    }
  }
}
