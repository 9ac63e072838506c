import { describe, expect, it } from '@jest/globals';
import { parseJson } from '../../../../src/wire/json/parse-json.js';

const fast = (text: string) => parseJson(text, 'fast').value;

describe('reading JSON of our own far end', () => {
  it('keeps integers of 64 bits all the same', () => {
    expect(fast('{"a":[9223372036854775807,1]}')).toEqual({ a: [9_223_372_036_854_775_807n, 1] });
    expect(fast('{"a":"9223372036854775807"}')).toEqual({ a: '9223372036854775807' });
  });

  it('keeps to the limit on nesting', () => {
    const nested = (levels: number) => `${'{"a":['.repeat(levels)}${']}'.repeat(levels)}`;
    expect(fast(nested(63))).toEqual(JSON.parse(nested(63)));
    expect(() => fast(nested(64))).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }));
    expect(() => fast(nested(100_000))).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }));
  });

  it('refuses a number out of range', () => {
    expect(() => fast('[1e400]')).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }));
  });

  it('refuses what is not JSON without repeating it', () => {
    expect(() => fast('{"secret":"x"')).toThrow(expect.objectContaining({ message: 'not JSON' }));
  });
});
