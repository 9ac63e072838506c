import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CircuitBreaker } from '../../../src/foundation/circuit-breaker.js';

// Loading it takes turns of the event loop that fake timers do not make.
beforeAll(() => import('cockatiel'));
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

class Away extends Error {}
const limits = { failures: 3, openMs: 500 };
const create = () => new CircuitBreaker(limits, (error) => error instanceof Away);
const refusal = (lastFailure: unknown) => new Error('not tried', { cause: lastFailure });
const away = () => Promise.reject(new Away('gone'));

async function fail(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let call = 0; call < times; call += 1) await expect(breaker.run(away, refusal)).rejects.toThrow('gone');
}

describe('CircuitBreaker', () => {
  it('makes no more calls after so many failures in a row, and says what the last one was', async () => {
    const breaker = create();
    await fail(breaker, 3);
    const work = jest.fn(() => Promise.resolve(1));
    await expect(breaker.run(work, refusal)).rejects.toMatchObject({ message: 'not tried', cause: expect.any(Away) });
    expect(work).not.toHaveBeenCalled();
  });

  it('counts those that fail together', async () => {
    const breaker = create();
    const together = Array.from({ length: 3 }, () => expect(breaker.run(away, refusal)).rejects.toThrow('gone'));
    await Promise.all(together);
    await expect(breaker.run(() => Promise.resolve(1), refusal)).rejects.toThrow('not tried');
  });

  it('counts only failures in a row, and only those that it is for', async () => {
    const breaker = create();
    await fail(breaker, 2);
    await expect(breaker.run(() => Promise.resolve(1), refusal)).resolves.toBe(1);
    await fail(breaker, 2);
    const other = () => Promise.reject(new TypeError('not for it'));
    for (let call = 0; call < 9; call += 1) await expect(breaker.run(other, refusal)).rejects.toThrow('not for it');
    await expect(breaker.run(() => Promise.resolve(2), refusal)).resolves.toBe(2);
  });

  it('lets one call try when the time is over, makes no other wait for it, and closes when it succeeds', async () => {
    const breaker = create();
    await fail(breaker, 3);
    await jest.advanceTimersByTimeAsync(500);
    let succeed: (value: string) => void = () => undefined;
    const trying = breaker.run(() => new Promise<string>((resolve) => (succeed = resolve)), refusal);
    await expect(breaker.run(() => Promise.resolve(1), refusal)).rejects.toThrow('not tried');
    succeed('there again');
    await expect(trying).resolves.toBe('there again');
    await expect(breaker.run(() => Promise.resolve(1), refusal)).resolves.toBe(1);
  });

  it('stays open for as long once more when that call fails', async () => {
    const breaker = create();
    await fail(breaker, 3);
    await jest.advanceTimersByTimeAsync(500);
    await fail(breaker, 1);
    await expect(breaker.run(() => Promise.resolve(1), refusal)).rejects.toThrow('not tried');
    await jest.advanceTimersByTimeAsync(500);
    await expect(breaker.run(() => Promise.resolve(1), refusal)).resolves.toBe(1);
  });

  it('does not count what began before others succeeded, or before it was reset', async () => {
    const breaker = create();
    const succeed = () => breaker.run(() => Promise.resolve(1), refusal);
    for (const between of [succeed, async () => breaker.reset()]) {
      const failures: ((error: Error) => void)[] = [];
      const old = Array.from({ length: 9 }, () => {
        const run = breaker.run(() => new Promise<never>((_resolve, reject) => failures.push(reject)), refusal);
        return run.catch((error: unknown) => error);
      });
      await between();
      for (const reject of failures) reject(new Away('late'));
      expect(await Promise.all(old)).toEqual(Array(9).fill(expect.any(Away)));
      expect(await succeed()).toBe(1);
    }
  });

  it('opens for no longer because somebody sets the clock back', async () => {
    const breaker = create();
    await fail(breaker, 3);
    jest.setSystemTime(Date.now() - 3_600_000);
    await expect(breaker.run(() => Promise.resolve(1), refusal)).rejects.toThrow('not tried');
    await jest.advanceTimersByTimeAsync(1_100);
    await expect(breaker.run(() => Promise.resolve(1), refusal)).resolves.toBe(1);
  });

  it('forgets what failed when it is reset', async () => {
    const breaker = create();
    await fail(breaker, 3);
    breaker.reset();
    await expect(breaker.run(() => Promise.resolve(1), refusal)).resolves.toBe(1);
    await fail(breaker, 2);
  });
});
