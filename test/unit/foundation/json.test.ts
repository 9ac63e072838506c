import { describe, expect, it } from '@jest/globals';
import { isJsonObject } from '../../../src/foundation/index.js';

describe('isJsonObject', () => {
  it('is true of objects, not of arrays, null or plain values', () => {
    expect(isJsonObject({})).toBe(true);
    expect([[], null, undefined, 'x', 1, true].some((value) => isJsonObject(value))).toBe(false);
  });
});
