import { Backoff, type BackoffOptions, sleep } from '../../foundation/index.js';

export interface OpenAgainOptions {
  readonly backoff?: BackoffOptions | undefined;
  /** How long what is opened again had lasted, for a wait before the first attempt; undefined for none. */
  readonly ranForMs?: number;
  readonly signal: AbortSignal;
  /** Hears of each attempt that failed; false ends the attempts. */
  readonly failed: (error: unknown) => boolean;
}

/** Opens a connection again: attempts until one works, waiting longer and longer. Never rejects; true once it is open. */
export async function openAgain(open: () => Promise<void>, options: OpenAgainOptions): Promise<boolean> {
  const { signal, failed, ranForMs } = options;
  const waits = new Backoff(options.backoff);
  if (ranForMs !== undefined) await sleep(waits.next(ranForMs), signal);
  while (!signal.aborted) {
    try {
      await open();
      return true;
    } catch (error) {
      if (!failed(error)) return false;
    }
    await sleep(waits.next(0), signal);
  }
  return false;
}
