import { expect } from '@jest/globals';
import type { Database } from '@pywatt/sdk';

/** What every database of an orchestrator has for this: the row `1` of `relay_held`, whose note is `one`. */
export interface IdleTransactionCase {
  /** Of a module that may leave a transaction idle for 200 ms. */
  readonly database: Database;
  /** Waits for the lock of the row, and leaves it. */
  readonly lock: () => Promise<unknown>;
  readonly driverCode: string;
}

/** A module that left its transaction idle for too long is told so by what it does next, be it a commit, and nothing of it is kept. */
export async function expectToldOfIdleTransaction({ database, lock, driverCode }: IdleTransactionCase): Promise<void> {
  for (const go of ['query', 'commit'] as const) {
    const transaction = await database.beginTransaction();
    await transaction.execute("update relay_held set note = 'changed' where id = 1");
    await lock();
    const next = go === 'commit' ? transaction.commit() : transaction.query('select 1');
    await expect(next).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/^database 'default': a transaction was idle for \d+ ms and was rolled back$/),
      details: { driverCode },
    });
    await transaction.rollback().catch(() => undefined);
  }
  expect(await database.queryOne('select note from relay_held where id = 1')).toEqual({ note: 'one' });
}
