import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { portRequestLimits, Resilience, retried, WireError } from '../../../src/foundation/index.js';

// Loading it takes turns of the event loop that fake timers do not make.
beforeAll(() => import('cockatiel'));
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const refused = () => Promise.reject(new WireError('PEER_REFUSED', 'no'));
const never = () => new Promise<never>(() => undefined);
const always = () => true;
const create = () => Resilience.create(portRequestLimits);

/** Fails `times` calls, one attempt each. */
async function fail(resilience: Resilience, times: number): Promise<void> {
  for (let call = 0; call < times; call += 1) {
    await expect(
      resilience.run(
        (attempt) => attempt.call('call', refused),
        () => false,
      ),
    ).rejects.toMatchObject({ code: 'PEER_REFUSED' });
  }
}

describe('Resilience', () => {
  it('makes one attempt when that succeeds, and leaves no timer behind', async () => {
    const work = jest.fn(() => Promise.resolve(8000));
    const resilience = await create();
    await expect(resilience.run((attempt) => attempt.call('call', work), always)).resolves.toBe(8000);
    expect(work).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives three attempts 3, 4 and 5 s, aborts each at its deadline and fails with CALL_TIMEOUT', async () => {
    const begun: number[] = [];
    const aborted: number[] = [];
    const start = Date.now();
    const resilience = await create();
    const run = resilience.run(
      (attempt) =>
        attempt.call('port request', (signal) => {
          begun.push(Date.now() - start);
          signal.addEventListener('abort', () => aborted.push(Date.now() - start));
          return never();
        }),
      always,
    );
    run.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(13_000);
    await expect(run).rejects.toMatchObject({
      code: 'CALL_TIMEOUT',
      message: 'port request: no answer within 5000 ms',
      retryable: true,
    });
    expect(aborted.map((at, index) => at - begun[index]!)).toEqual([3_000, 4_000, 5_000]);
    const pauses = begun.slice(1).map((at, index) => at - aborted[index]!);
    expect(pauses[0]).toBeGreaterThanOrEqual(95);
    expect(pauses[0]).toBeLessThanOrEqual(105);
    expect(pauses[1]).toBeGreaterThanOrEqual(190);
    expect(pauses[1]).toBeLessThanOrEqual(210);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tells each attempt its number and rejects as the last one did', async () => {
    const numbers: number[] = [];
    const resilience = await create();
    const run = resilience.run((attempt) => {
      numbers.push(attempt.number);
      return Promise.reject(new Error(`attempt ${attempt.number}`));
    }, always);
    run.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(run).rejects.toThrow('attempt 3');
    expect(numbers).toEqual([1, 2, 3]);
  });

  it('does not try again after an error that is none to try again', async () => {
    const work = jest.fn(refused);
    const resilience = await create();
    const run = resilience.run(
      (attempt) => attempt.call('call', work),
      () => false,
    );
    await expect(run).rejects.toMatchObject({ code: 'PEER_REFUSED' });
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('makes no more calls after five failures in a row, and says so at once', async () => {
    const resilience = await create();
    await fail(resilience, 5);
    const work = jest.fn(() => Promise.resolve(1));
    await expect(resilience.run((attempt) => attempt.call('port request', work), always)).rejects.toMatchObject({
      code: 'CIRCUIT_OPEN',
      retryable: true,
      message: expect.stringContaining('5 calls failed in a row'),
    });
    expect(work).not.toHaveBeenCalled();
  });

  it('counts only failures in a row', async () => {
    const resilience = await create();
    await fail(resilience, 4);
    await resilience.run((attempt) => attempt.call('call', () => Promise.resolve(1)), always);
    await fail(resilience, 4);
    await expect(resilience.run((attempt) => attempt.call('call', () => Promise.resolve(2)), always)).resolves.toBe(2);
  });

  it('does not count what fails in an attempt outside its call', async () => {
    const resilience = await create();
    for (let run = 0; run < 6; run += 1) {
      await resilience
        .run(
          () => Promise.reject(new Error('bind')),
          () => false,
        )
        .catch(() => undefined);
    }
    await expect(resilience.run((attempt) => attempt.call('call', () => Promise.resolve(2)), always)).resolves.toBe(2);
  });

  it('lets one call through after 60 s: its success closes the circuit', async () => {
    const resilience = await create();
    await fail(resilience, 5);
    const succeed = () => resilience.run((attempt) => attempt.call('call', () => Promise.resolve(1)), always);
    await jest.advanceTimersByTimeAsync(59_999);
    await expect(succeed()).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
    await jest.advanceTimersByTimeAsync(1);
    await expect(succeed()).resolves.toBe(1);
    await fail(resilience, 4);
    await expect(succeed()).resolves.toBe(1);
  });

  it('opens the circuit for another 60 s when that one call fails', async () => {
    const resilience = await create();
    await fail(resilience, 5);
    await jest.advanceTimersByTimeAsync(60_000);
    await fail(resilience, 1);
    const succeed = () => resilience.run((attempt) => attempt.call('call', () => Promise.resolve(1)), always);
    await jest.advanceTimersByTimeAsync(59_999);
    await expect(succeed()).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
    await jest.advanceTimersByTimeAsync(1);
    await expect(succeed()).resolves.toBe(1);
  });
});

describe('retried', () => {
  it('runs again as often as it may while the failure allows it, after pauses spread as wide as it says', async () => {
    const startedAt = Date.now();
    const pause = { firstMs: 500, maxMs: 800, spread: 1 };
    const work = jest.fn(refused);
    const [settled] = await Promise.all([
      Promise.allSettled([retried(work, { count: 3, pause }, always)]),
      jest.runAllTimersAsync(),
    ]);
    expect(settled).toEqual([{ status: 'rejected', reason: expect.objectContaining({ code: 'PEER_REFUSED' }) }]);
    expect(work).toHaveBeenCalledTimes(4);
    expect(Date.now() - startedAt).toBeLessThanOrEqual(2 * (500 + 800 + 800));
    await expect(retried(work, { count: 3, pause }, () => false)).rejects.toMatchObject({ code: 'PEER_REFUSED' });
    await expect(retried(work, { count: 0, pause }, always)).rejects.toMatchObject({ code: 'PEER_REFUSED' });
    expect(work).toHaveBeenCalledTimes(6);
  });
});
