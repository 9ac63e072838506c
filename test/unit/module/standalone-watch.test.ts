import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import { StandaloneWatch } from '../../../src/module/standalone-watch.js';

describe('the watch of a process that no orchestrator started', () => {
  it('asks for an answer at once after a failure, so that it is known to be well when it is', async () => {
    const waits: number[] = [];
    const asked = new Deferred<void>();
    const watch = await StandaloneWatch.start({
      name: 'orchestrator',
      ask: async (_heard, { waitMs, signal }) => {
        waits.push(waitMs);
        if (waits.length === 2) throw new Error('the connection was lost');
        if (waits.length === 4) {
          asked.resolve();
          await new Promise((ended) => void signal.addEventListener('abort', ended));
        }
        return { epoch: 'one', revision: 1, names: [] };
      },
      read: () => Promise.resolve(new Map()),
      withheld: () => [],
      pollMs: 10_000,
      changed: () => undefined,
      logger: undefined,
    });
    await asked.promise;
    expect([waits, watch.trouble]).toEqual([[10_000, 10_000, 0, 10_000], undefined]);
    await watch.close();
  });
});
