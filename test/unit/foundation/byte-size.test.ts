import { describe, expect, it } from '@jest/globals';
import { parseByteSize } from '../../../src/foundation/index.js';

describe('parseByteSize', () => {
  it.each([
    ['100b', 100],
    ['100', 100],
    [100, 100],
    ['512kb', 524_288],
    ['10mb', 10_485_760],
    ['1.5 GB', 1_610_612_736],
    ['1.0001kb', 1_024],
  ])('reads %j as %i bytes', (size, bytes) => {
    expect(parseByteSize(size)).toBe(bytes);
  });

  it.each(['', '0', 0, -1, '10 potatoes', '10tb', 'mb', '0.1b', Number.NaN, Infinity, '1e6'])(
    'refuses %j and shows how to write one',
    (wrong) => {
      expect(() => parseByteSize(wrong, 'max of the cache')).toThrow(
        expect.objectContaining({
          code: 'INVALID_VALUE',
          message: expect.stringMatching(/^max of the cache .* is not a size: write '10mb'/),
        }),
      );
    },
  );
});
