import { describe, expect, it } from '@jest/globals';
import type { WireJson } from '../../../src/wire/index.js';
import { cacheCalls } from '../../../src/cache/cache-calls.js';

describe('the answer of a plain peer', () => {
  it.each([
    [2, 2],
    [0, 0],
    [null, 0],
  ])('counts what was deleted as %p', (json, count) => {
    expect(cacheCalls.delete_many.result.read(json, 'the answer')).toBe(count);
  });

  it.each([-1, 1.5, '2', true, 2n ** 63n])('does not count %p', (json) => {
    expect(() => cacheCalls.delete_many.result.read(json, 'the answer')).toThrow(
      expect.objectContaining({ code: 'SERIALIZATION' }),
    );
  });

  it('may be below 0 where a counter is changed', () => {
    expect(cacheCalls.increment.result.read(-5, 'the answer')).toBe(-5);
  });

  it.each<[string | null, unknown]>([
    ['AP8=', [0, 255]],
    ['', []],
    [null, undefined],
  ])('has the value %p as its bytes', (json, bytes) => {
    const read = cacheCalls.get.result.read(json, 'the answer');
    expect(read && [...read]).toEqual(bytes);
  });

  it.each<{ json: WireJson }>(
    ['AP8', 'a===', '!!!!', 'AP8=x', 5, {}, [256], [-1], [1.5], ['a']].map((json) => ({ json })),
  )('has no value in $json', ({ json }) => {
    expect(() => cacheCalls.get.result.read(json, 'the answer')).toThrow(
      expect.objectContaining({ code: 'SERIALIZATION' }),
    );
  });
});
