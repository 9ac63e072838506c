/**
 * Settles as `work` does, or rejects with `onTimeout()` once `ms` have passed. The timer never keeps the process alive
 * longer than the work itself; a late rejection of `work` is not reported as unhandled.
 */
export async function withDeadline<T>(work: PromiseLike<T>, ms: number, onTimeout: () => unknown): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(onTimeout()), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
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

/** Resolves after `ms`, or at once when `signal` aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
