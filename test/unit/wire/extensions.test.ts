import { describe, expect, it } from '@jest/globals';
import { agreesToBeat, offeredExtensions } from '../../../src/wire/extensions.js';

describe('agreesToBeat', () => {
  it('is true of our own offer, and false of none and of older ones', () => {
    expect(agreesToBeat(offeredExtensions)).toBe(true);
    expect(agreesToBeat(undefined)).toBe(false);
    expect(agreesToBeat({ v: 1, features: ['corr', 'b64', 'err', 'types'] })).toBe(false);
    expect(agreesToBeat({ v: 0, features: ['beat'] })).toBe(false);
  });
});
