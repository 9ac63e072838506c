import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventLoopLag } from '../../../src/foundation/index.js';

/** How far the clock is ahead of the timers. */
let aheadMs: number;
beforeEach(() => {
  jest.useFakeTimers();
  aheadMs = 0;
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function holdUp(ms: number): void {
  aheadMs += ms;
  jest.advanceTimersByTime(20);
}

describe('EventLoopLag', () => {
  it('tells the longest hold-up since it was last asked', () => {
    const lag = new EventLoopLag();
    jest.advanceTimersByTime(1_000);
    expect(lag.takeLongestMs()).toBe(0);
    holdUp(300);
    holdUp(900);
    holdUp(100);
    expect(lag.takeLongestMs()).toBe(900);
    expect(lag.takeLongestMs()).toBe(0);
    lag.stop();
  });

  it('tells each who measures the same, whenever they ask, with one timer for all', () => {
    const one = new EventLoopLag();
    const other = new EventLoopLag();
    expect(jest.getTimerCount()).toBe(1);
    holdUp(500);
    expect(one.takeLongestMs()).toBe(500);
    holdUp(200);
    expect([one.takeLongestMs(), other.takeLongestMs()]).toEqual([200, 500]);
    one.stop();
    one.stop();
    holdUp(250);
    expect(other.takeLongestMs()).toBe(250);
    other.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});
