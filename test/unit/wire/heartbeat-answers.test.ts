import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { HeartbeatAnswers } from '../../../src/wire/heartbeat-answers.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('HeartbeatAnswers', () => {
  it('tells a plain peer nothing it does not know, and measures nothing for it', () => {
    const answers = new HeartbeatAnswers({ tellsLag: false });
    expect(answers.answer({ op: 'heartbeat' })).toEqual({ op: 'heartbeat_ack' });
    expect(answers.answer({ op: 'heartbeat', seq: 4 })).toEqual({ op: 'heartbeat_ack', seq: 4 });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tells the longest hold-up since the last answer, and keeps no timer after it was stopped', () => {
    const answers = new HeartbeatAnswers({ tellsLag: true });
    expect(answers.answer({ op: 'heartbeat', seq: 1 })).toEqual({ op: 'heartbeat_ack', seq: 1, lag_ms: 0 });
    jest.advanceTimersByTime(100);
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 700);
    jest.advanceTimersByTime(100);
    expect(answers.answer({ op: 'heartbeat', seq: 2 })).toMatchObject({ lag_ms: 700 });
    expect(answers.answer({ op: 'heartbeat', seq: 3 })).toMatchObject({ lag_ms: 0 });
    answers.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});
