import { describe, expect, it } from '@jest/globals';
import { inChunks } from '../../../src/cache/in-chunks.js';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('inChunks', () => {
  it('works on all items in order, a thousand at a time, one part after another', async () => {
    let underWay = 0;
    const seen: number[] = [];
    const lengths = await inChunks(numbers(2_001), async (chunk) => {
      underWay += 1;
      await new Promise(setImmediate);
      expect(underWay).toBe(1);
      underWay -= 1;
      seen.push(...chunk);
      return chunk.length;
    });
    expect(lengths).toEqual([1_000, 1_000, 1]);
    expect(seen).toEqual(numbers(2_001));
    expect(await inChunks([], async () => 1)).toEqual([]);
  });

  it('sends no more than four megabytes at a time, except of one item', async () => {
    const mb = 1024 ** 2;
    const sizes = [mb, mb, mb, mb, 1, 9 * mb, 2 * mb, 2 * mb, 2 * mb];
    const chunks = await inChunks(
      sizes,
      async (chunk) => chunk,
      (bytes) => bytes,
    );
    expect(chunks).toEqual([[mb, mb, mb, mb], [1], [9 * mb], [2 * mb, 2 * mb], [2 * mb]]);
  });

  it('ends with the first failure', async () => {
    let parts = 0;
    const failing = inChunks(numbers(3_000), async () => {
      parts += 1;
      if (parts === 2) throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    expect(parts).toBe(2);
  });
});
