import { Backoff, sleep } from '../../foundation/index.js';
import type { ServerEngine } from '../server/server-engine.js';

/** An engine that closes what its drivers keep idle whenever others want their places (`wanted`), until it is closed. */
export function givingUpIdle(engine: ServerEngine, wanted: (signal: AbortSignal) => Promise<unknown>): ServerEngine {
  const { closeIdle } = engine;
  if (closeIdle === undefined) return engine;
  const closed = new AbortController();
  void giveUpIdle(wanted, closeIdle, closed.signal);
  const close = async (): Promise<void> => {
    closed.abort();
    await engine.close();
  };
  return { ...engine, close };
}

async function giveUpIdle(
  wanted: (signal: AbortSignal) => Promise<unknown>,
  closeIdle: () => void,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff({ maxMs: 5_000 });
  while (!signal.aborted) {
    const from = performance.now();
    try {
      await wanted(signal);
      closeIdle();
    } catch {
      // The orchestrator may be away for a while.
      await sleep(backoff.next(performance.now() - from), signal);
    }
  }
}
