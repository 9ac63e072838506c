import assert from 'node:assert/strict';
import { afterCommit } from '@pywatt/sdk';
import { assertFails } from '../database/database-case.js';
import { Doomed, type TransactionalCase } from './transactional-case.js';

export const afterCommitCases: readonly TransactionalCase[] = [
  {
    title: 'afterCommit: runs after the outermost commit, in order, before the caller goes on',
    run: async ({ ledger }) => {
      const seen: string[] = [];
      await ledger.required(async () => {
        await ledger.required(async () => {
          await ledger.add('a');
          afterCommit(async () => void seen.push(`first sees ${(await ledger.names()).join()}`));
        });
        await ledger.nested(async () => afterCommit(() => seen.push('second')));
        await ledger.add('b');
        assert.deepEqual(seen, []);
      });
      assert.deepEqual(seen, ['first sees a,b', 'second']);
    },
  },
  {
    title: 'afterCommit: never runs after a rollback',
    run: async ({ ledger }) => {
      const seen: string[] = [];
      const work = ledger.required(async () => {
        afterCommit(() => seen.push('required'));
        await ledger.nested(async () => afterCommit(() => seen.push('nested')));
        throw new Doomed();
      });
      await assert.rejects(work, Doomed);
      await ledger.required(() => ledger.add('a'));
      assert.deepEqual(seen, []);
    },
  },
  {
    title: 'afterCommit: never runs when the nested part it was called in was taken back',
    run: async ({ ledger }) => {
      const seen: string[] = [];
      await ledger.required(async () => {
        const nested = ledger.nested(async () => {
          afterCommit(() => seen.push('taken back'));
          await ledger.nested(async () => afterCommit(() => seen.push('with it')));
          throw new Doomed();
        });
        await assert.rejects(nested, Doomed);
        afterCommit(() => seen.push('kept'));
      });
      assert.deepEqual(seen, ['kept']);
    },
  },
  {
    title: 'afterCommit: what it throws fails neither the caller nor the next',
    run: async ({ ledger }) => {
      const seen: string[] = [];
      const given = await ledger.required(async () => {
        afterCommit(() => {
          throw new Doomed();
        });
        afterCommit(() => Promise.reject(new Doomed()));
        afterCommit(() => seen.push('next'));
        return 'given';
      });
      assert.equal(given, 'given');
      assert.deepEqual(seen, ['next']);
    },
  },
  {
    title: 'afterCommit: has no meaning outside a @Transactional method, and says so',
    run: async ({ ledger }) => {
      await assertFails((async () => afterCommit(() => undefined))(), 'TRANSACTION');
      let leaked: (() => void) | undefined;
      await ledger.required(async () => {
        leaked = () => afterCommit(() => undefined);
      });
      assert.throws(leaked!, /outside a @Transactional method/);
    },
  },
];
