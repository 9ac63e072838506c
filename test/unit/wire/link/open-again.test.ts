import { describe, expect, it } from '@jest/globals';
import { openAgain } from '../../../../src/wire/link/open-again.js';

const backoff = { initialMs: 1, maxMs: 2 };
const { signal } = new AbortController();

/** Fails so many times, then works. */
function opening(failures: number) {
  let attempts = 0;
  const open = async () => {
    attempts += 1;
    if (attempts <= failures) throw new Error(`attempt ${attempts}`);
  };
  return { open, attempts: () => attempts };
}

describe('a connection that is opened again', () => {
  it('is tried until it works, and each failure told', async () => {
    const { open, attempts } = opening(3);
    const failures: unknown[] = [];
    const failed = (error: unknown) => failures.push((error as Error).message) > 0;
    expect(await openAgain(open, { backoff, signal, failed })).toBe(true);
    expect([attempts(), failures]).toEqual([4, ['attempt 1', 'attempt 2', 'attempt 3']]);
  });

  it('is not tried any more once a failure is final', async () => {
    const { open, attempts } = opening(9);
    expect(await openAgain(open, { backoff, signal, failed: () => attempts() < 2 })).toBe(false);
    expect(attempts()).toBe(2);
  });

  it('is not tried once nobody wants it, nor waited for', async () => {
    const controller = new AbortController();
    const { open, attempts } = opening(9);
    const failed = () => {
      controller.abort();
      return true;
    };
    const slow = { initialMs: 1_000_000, maxMs: 1_000_000 };
    expect(await openAgain(open, { backoff: slow, signal: controller.signal, failed })).toBe(false);
    expect(await openAgain(open, { backoff: slow, ranForMs: 0, signal: controller.signal, failed })).toBe(false);
    expect(attempts()).toBe(1);
  });
});
