import { describe, expect, it } from '@jest/globals';
import { FrameReader, frameOf } from '../../../../src/database/sqlite/pipe-frames.js';

const messages = [
  { kind: 'statement', params: [2n ** 60n, Buffer.alloc(70_000, 7), 'ż'] },
  '',
  { kind: 'close', id: 2 },
];
const bytes = Buffer.concat(messages.map(frameOf));

function readIn(pieces: readonly Buffer[]): unknown[] {
  const reader = new FrameReader();
  return pieces.flatMap((piece) => [...reader.push(piece)]);
}

describe('messages through a pipe', () => {
  it('arrive whole however the pipe cuts them', () => {
    expect(readIn([bytes])).toEqual(messages);
    for (const size of [1, 3, 5, 4_096]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(readIn(pieces)).toEqual(messages);
    }
  });

  it('are kept back until they are whole', () => {
    expect(readIn([bytes.subarray(0, -1)])).toEqual(messages.slice(0, 2));
    expect(readIn([bytes.subarray(0, 3)])).toEqual([]);
  });
});
