import assert from 'node:assert/strict';
import { afterCommit, DatabaseError } from '@pywatt/sdk';
import { assertFails } from '../database/database-case.js';
import { Doomed, type TransactionalCase } from './transactional-case.js';

/** As an engine tells it: it rolled the transaction back because of another one. */
function conflict(): DatabaseError {
  return new DatabaseError('QUERY', 'could not serialize access', { details: { driverCode: '40001' } });
}

export const retryCases: readonly TransactionalCase[] = [
  {
    title: 'retry: runs the whole method again in a new transaction, and keeps nothing of what failed',
    run: async ({ ledger }) => {
      let attempts = 0;
      const seen: number[] = [];
      await ledger.retried(async () => {
        attempts += 1;
        const attempt = attempts;
        afterCommit(() => seen.push(attempt));
        await ledger.add(`attempt ${attempt}`);
        if (attempt < 3) throw conflict();
      });
      assert.deepEqual(await ledger.names(), ['attempt 3']);
      assert.deepEqual(seen, [3]);
    },
  },
  {
    title: 'retry: a conflict in a part counts, even if the method went on',
    run: async ({ ledger }) => {
      let attempts = 0;
      await ledger.retried(async () => {
        attempts += 1;
        const inner = ledger.required(async () => {
          if (attempts === 1) throw conflict();
        });
        await inner.catch(() => undefined);
      });
      assert.equal(attempts, 2);
    },
  },
  {
    title: 'retry: two that read and then write the same both take effect, one after the other',
    run: async ({ ledger, connections }) => {
      // Where there is one writer the second does not read before the first has written.
      if (connections !== 'many') return;
      let attempts = 0;
      let both = () => {};
      const bothHaveRead = new Promise<void>((resolve) => (both = resolve));
      const addNext = () =>
        ledger.serializableRetried(async () => {
          const { length } = await ledger.names();
          attempts += 1;
          if (attempts === 2) both();
          await bothHaveRead;
          await ledger.add(`entry ${length}`);
        });
      await Promise.all([addNext(), addNext()]);
      assert.deepEqual(await ledger.names(), ['entry 0', 'entry 1']);
      assert.equal(attempts, 3);
    },
  },
  {
    title: 'retry: gives up after as many times as were asked for',
    run: async ({ ledger }) => {
      let attempts = 0;
      const work = ledger.retried(async () => {
        attempts += 1;
        throw conflict();
      });
      await assertFails(work, 'QUERY');
      assert.equal(attempts, 4);
    },
  },
  {
    title: 'retry: not for other errors, not without being asked, and not inside a larger transaction',
    run: async ({ ledger }) => {
      let attempts = 0;
      const failing = (error: () => Error) => async () => {
        attempts += 1;
        throw error();
      };
      await assert.rejects(ledger.retried(failing(() => new Doomed())), Doomed);
      await assertFails(ledger.required(failing(conflict)), 'QUERY');
      await assertFails(
        ledger.required(() => ledger.retried(failing(conflict))),
        'QUERY',
      );
      await assertFails(
        ledger.retried(failing(() => new DatabaseError('OUTCOME_UNKNOWN', 'lost', { cause: conflict() }))),
        'OUTCOME_UNKNOWN',
      );
      assert.equal(attempts, 4);
    },
  },
];
