import { describe, expect, it } from '@jest/globals';
import { checkedValue, longestValueBytes } from '../../../src/secrets/index.js';

describe('a value that a secret is to have', () => {
  it.each([
    ['no text', 42, 'is no text: store binary secrets as base64'],
    ['nothing', '', 'is empty'],
    ['more than 1 MiB in UTF-8', 'ö'.repeat(longestValueBytes / 2 + 1), 'is larger than 1 MiB'],
    ['half a character', 'half of \ud83d it', 'is not well-formed text'],
    ['what cannot be hidden', 'xyz', 'too short to be kept out of logs'],
  ])('is refused when it is %s, by its name and without the value', (_what, value, reason) => {
    const check = () => checkedValue('KEY', value);
    expect(check).toThrow(expect.objectContaining({ code: 'INVALID', message: expect.stringContaining(reason) }));
    expect(check).toThrow(/'KEY'.*nothing was changed/);
    expect(check).not.toThrow(/xyz|half of|ööö/);
  });

  it('may be as long as that', () => {
    const value = 'x'.repeat(longestValueBytes);
    expect(checkedValue('KEY', value)).toBe(value);
  });
});
