import { describe, expect, it } from '@jest/globals';
import { afterCommit, runAfterCommit, withAmbientPart } from '../../../src/database/after-commit.js';
import { TransactionPart } from '../../../src/database/transaction-part.js';
import { silentLogger } from '../foundation/silent-logger.js';

describe('what waits for a commit', () => {
  it('runs once, in order, and a failure is logged and stops nothing', async () => {
    const part = new TransactionPart('main');
    const seen: unknown[] = [];
    const failure = new Error('no');
    await withAmbientPart(part, async () => {
      afterCommit(() => seen.push(1));
      afterCommit(() => Promise.reject(failure));
      afterCommit(() => seen.push(2));
    });
    const logger = { ...silentLogger, error: (message: string, fields?: object) => seen.push(message, fields) };
    await runAfterCommit(part, logger);
    await runAfterCommit(part, logger);
    expect(seen).toEqual([1, expect.stringMatching(/afterCommit failed/), { error: failure }, 2]);
  });
});
