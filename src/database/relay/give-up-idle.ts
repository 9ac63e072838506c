import { Backoff, sleep } from '../../foundation/index.js';
import type { ServerEngine } from '../server/server-engine.js';

/** An engine that closes what its drivers keep beyond its use whenever others want their places (`wanted`), until it is closed. */
export function givingUpIdle(engine: ServerEngine, wanted: (signal: AbortSignal) => Promise<unknown>): ServerEngine {
  const { closeUnused } = engine;
  if (closeUnused === undefined) return engine;
  const closed = new AbortController();
  void giveUpIdle(wanted, closeUnused, closed.signal);
  const close = async (): Promise<void> => {
    closed.abort();
    await engine.close();
  };
  return { ...engine, close };
}

async function giveUpIdle(
  wanted: (signal: AbortSignal) => Promise<unknown>,
  closeUnused: () => void,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff({ maxMs: 5_000 });
  while (!signal.aborted) {
    const from = performance.now();
    try {
      await wanted(signal);
      closeUnused();
    } catch {
      // The orchestrator may be away for a while.
      await sleep(backoff.next(performance.now() - from), signal);
    }
  }
}
