import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ByteQueue } from '../../../../src/wire/streams/byte-queue.js';

function drain(queue: ByteQueue): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let piece = queue.shift(); piece; piece = queue.shift()) pieces.push(piece);
  return pieces;
}

describe('a queue of bytes', () => {
  it('hands out what came in its order, whatever the sizes of the pieces', () => {
    const bytes = randomBytes(60_000);
    const queue = new ByteQueue();
    let start = 0;
    for (const size of [1, 2, 5_000, 3, 4_095, 4_096, 20_000, 1, 16_000, 10_802]) {
      queue.push(bytes.subarray(start, start + size));
      start += size;
    }
    expect(queue.bytes).toBe(60_000);
    expect(Buffer.concat(drain(queue)).equals(bytes)).toBe(true);
    expect(queue.bytes).toBe(0);
  });

  it('gathers what comes byte by byte into few pieces, which later bytes do not change', () => {
    const queue = new ByteQueue();
    for (let index = 0; index < 40_000; index += 1) queue.push(Uint8Array.of(index & 255));
    const first = queue.shift()!;
    queue.push(Uint8Array.of(7));
    const pieces = [first, ...drain(queue)];
    expect(pieces).toHaveLength(3);
    expect(Buffer.concat(pieces)).toHaveLength(40_001);
    expect(Buffer.concat(pieces)[39_999]).toBe(39_999 & 255);
  });

  it('keeps nothing of a small piece’s buffer, and nothing for an empty one', () => {
    const piece = Uint8Array.of(1, 2);
    const queue = new ByteQueue();
    queue.push(piece);
    queue.push(new Uint8Array());
    piece.fill(9);
    expect(drain(queue)).toEqual([Uint8Array.of(1, 2)]);
  });
});
