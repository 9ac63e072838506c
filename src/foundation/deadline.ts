/**
 * Settles as `work` does, or rejects with `onTimeout()` once `ms` have passed; what has come meanwhile to a loop that was
 * blocked is read first. The timer never keeps the process alive longer than the work itself; a late rejection of `work`
 * is not reported as unhandled.
 */
export function withDeadline<T>(work: PromiseLike<T>, ms: number, onTimeout: () => unknown): Promise<T> {
  // Not a race with a promise of the timer: this is done for every operation of a cache.
  return new Promise<T>((resolve, reject) => {
    let lastTurn: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      lastTurn = setImmediate(() => reject(onTimeout()));
    }, ms);
    const inTime = () => {
      clearTimeout(timer);
      clearImmediate(lastTurn);
    };
    work.then(
      (value) => {
        inTime();
        resolve(value);
      },
      (error: unknown) => {
        inTime();
        reject(error);
      },
    );
  });
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
