import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import { PendingAnswers } from '../../../src/wire/pending-answers.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('PendingAnswers', () => {
  it('waits for all of them, for every closer, and leaves no timer behind', async () => {
    const answers = new PendingAnswers();
    const [one, other] = [new Deferred<void>(), new Deferred<void>()];
    answers.track(one.promise);
    answers.track(other.promise);
    const settled: string[] = [];
    const first = answers.settle(1_000).then(() => settled.push('first'));
    const second = answers.settle(1_000).then(() => settled.push('second'));
    one.resolve();
    await one.promise;
    expect(settled).toEqual([]);
    other.resolve();
    await Promise.all([first, second]);
    expect(settled).toEqual(['first', 'second']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('waits no longer than it is told to, and not at all when there are none', async () => {
    const answers = new PendingAnswers();
    await answers.settle(1_000);
    expect(jest.getTimerCount()).toBe(0);
    answers.track(new Promise<void>(() => undefined));
    let isSettled = false;
    void answers.settle(1_000).then(() => (isSettled = true));
    await jest.advanceTimersByTimeAsync(999);
    expect(isSettled).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(isSettled).toBe(true);
  });
});
