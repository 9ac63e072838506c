import { describe, expect, it } from '@jest/globals';
import { Backoff } from '../../../src/foundation/backoff.js';

describe('Backoff', () => {
  it('doubles from 100 ms to 30 s', () => {
    const backoff = new Backoff({ random: () => 1 });
    const delays = Array.from({ length: 11 }, () => backoff.next(0));
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('spreads each delay over the upper half of its step, so that it is never zero', () => {
    expect(new Backoff({ random: () => 0 }).next(0)).toBe(50);
    expect(new Backoff({ random: () => 0.5 }).next(0)).toBe(75);
  });

  it('starts over after a minute of running and not before', () => {
    const backoff = new Backoff({ random: () => 1 });
    backoff.next(0);
    expect(backoff.next(59_999)).toBe(200);
    expect(backoff.next(60_000)).toBe(100);
  });
});
