import { describe, expect, it } from '@jest/globals';
import { isWellFormed } from '../../../src/foundation/index.js';

describe('isWellFormed', () => {
  it('is false of text with half a surrogate pair, wherever it stands', () => {
    expect(['\ud800', 'a\udfffb', '\udc00\ud800', '\ud83d\ud83d\ude00'].filter(isWellFormed)).toEqual([]);
  });

  it('is true of all other text', () => {
    expect(['', 'é\0\n', '\u{1f600}', '\uffff'].every(isWellFormed)).toBe(true);
  });
});
