import { Deferred } from './deferred.js';

/** Some 24 days. A timer that is told to run for longer ends at once. */
export const longestTimerMs = 2 ** 31 - 1;

/**
 * Calls `passed` once `ms`, or 24 days where that is longer, have passed and what had come meanwhile to a loop that was
 * blocked was read; returns what stops it. `keepsAlive`: whether the process goes on for it. Default true.
 */
export function startDeadline(ms: number, passed: () => void, { keepsAlive = true } = {}): () => void {
  let lastTurn: NodeJS.Immediate | undefined;
  const timer = setTimeout(
    () => {
      lastTurn = setImmediate(passed);
    },
    Math.min(ms, longestTimerMs),
  );
  if (!keepsAlive) timer.unref();
  return () => {
    clearTimeout(timer);
    clearImmediate(lastTurn);
  };
}

/**
 * Settles as `work` does, or rejects with `onTimeout()` once `ms` have passed, as `startDeadline` counts them. The timer
 * never keeps the process alive longer than the work itself; a late rejection of `work` is not reported as unhandled.
 */
export function withDeadline<T>(work: PromiseLike<T>, ms: number, onTimeout: () => unknown): Promise<T> {
  // Not a race with a promise of the timer: this is done for every operation of a cache.
  return new Promise<T>((resolve, reject) => {
    const stop = startDeadline(ms, () => reject(onTimeout()));
    work.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
}

/**
 * As `withDeadline`, of work that is told to stop: once `ms` have passed `controller` is aborted with `onTimeout()`. Rejects
 * with the reason whoever aborts it gives, whatever the work makes of it.
 */
export async function untilAborted<T>(
  controller: AbortController,
  ms: number,
  onTimeout: () => unknown,
  work: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  const { signal } = controller;
  signal.throwIfAborted();
  const aborted = new Deferred<never>();
  const reject = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', reject, { once: true });
  const stop = startDeadline(ms, () => controller.abort(onTimeout()));
  try {
    return await Promise.race([work(signal), aborted.promise]);
  } finally {
    stop();
    signal.removeEventListener('abort', reject);
  }
}

/** Whether `work` settles within `ms`. Never rejects, and leaves no timer behind. */
export async function settlesWithin(work: PromiseLike<unknown>, ms: number): Promise<boolean> {
  const late = {};
  try {
    await withDeadline(work, ms, () => late);
    return true;
  } catch (error) {
    return error !== late;
  }
}

/** Resolves after `ms`, 24 days at most, or at once when `signal` aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, longestTimerMs));
    signal?.addEventListener('abort', done, { once: true });
  });
}
