import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { assertFails } from '../database/database-case.js';
import { Doomed, type TransactionalCase } from './transactional-case.js';

/** Parts of a transaction that fall alone. */
export const nestedCases: readonly TransactionalCase[] = [
  {
    title: 'nested: is taken back alone, and what stands around it goes on',
    run: async ({ ledger }) => {
      await ledger.required(async () => {
        await ledger.add('before');
        await assert.rejects(
          ledger.nested(async () => {
            await ledger.add('taken back');
            throw new Doomed();
          }),
          Doomed,
        );
        await ledger.nested(() => ledger.add('kept'));
        await ledger.add('after');
      });
      assert.deepEqual(await ledger.names(), ['after', 'before', 'kept']);
    },
  },
  {
    title: 'nested: goes on after a statement that failed in it',
    run: async ({ ledger }) => {
      await ledger.required(async () => {
        await ledger.add('a');
        await assert.rejects(ledger.nested(() => ledger.add('a')));
        await ledger.add('b');
      });
      assert.deepEqual(await ledger.names(), ['a', 'b']);
    },
  },
  {
    title: 'nested: in itself, and falls with what it stands in',
    run: async ({ ledger }) => {
      const work = ledger.required(() =>
        ledger.nested(async () => {
          await ledger.add('a');
          await assert.rejects(
            ledger.nested(async () => {
              await ledger.nested(() => ledger.add('b'));
              throw new Doomed();
            }),
            Doomed,
          );
          assert.deepEqual(await ledger.names(), ['a']);
        }),
      );
      await work;
      assert.deepEqual(await ledger.names(), ['a']);
      const fallen = ledger.required(async () => {
        await ledger.nested(() => ledger.add('c'));
        throw new Doomed();
      });
      await assert.rejects(fallen, Doomed);
      assert.deepEqual(await ledger.names(), ['a']);
    },
  },
  {
    title: 'nested: a joined part that failed dooms it, not what stands around it',
    run: async ({ ledger }) => {
      await ledger.required(async () => {
        await ledger.add('outer');
        const nested = ledger.nested(async () => {
          await ledger.add('nested');
          await ledger.required(() => Promise.reject(new Doomed())).catch(() => undefined);
        });
        await assertFails(nested, 'TRANSACTION');
      });
      assert.deepEqual(await ledger.names(), ['outer']);
    },
  },
  {
    title: 'nested: several at once run one after another, in the order they were called, and each falls alone',
    run: async ({ ledger }) => {
      const steps: string[] = [];
      const part = (name: string, ends: () => void) =>
        ledger.nested(async () => {
          steps.push(`${name} begins`);
          await ledger.add(name);
          await ledger.nested(() => ledger.add(`${name} within`));
          await setImmediate();
          steps.push(`${name} ends`);
          ends();
        });
      const fail = () => {
        throw new Doomed();
      };
      await ledger.required(async () => {
        const settled = await Promise.allSettled([
          part('a', () => undefined),
          part('b', fail),
          part('c', () => undefined),
        ]);
        assert.deepEqual(
          settled.map(({ status }) => status),
          ['fulfilled', 'rejected', 'fulfilled'],
        );
      });
      assert.deepEqual(steps, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
      assert.deepEqual(await ledger.names(), ['a', 'a within', 'c', 'c within']);
    },
  },
  {
    title: 'nested: one that waits for its turn fails with the timeout of the transaction, and never runs',
    run: async ({ ledger }) => {
      let second: Promise<unknown> | undefined;
      let hasRun = false;
      const work = ledger.brief(async () => {
        void ledger.nested(() => new Promise<never>(() => undefined)).catch(() => undefined);
        second = assertFails(
          ledger.nested(async () => void (hasRun = true)),
          'TIMEOUT',
        );
        await second;
      });
      await assertFails(work, 'TIMEOUT');
      await second;
      assert.equal(hasRun, false);
    },
  },
  {
    title: 'nested: begins a transaction where there is none',
    run: async ({ ledger }) => {
      const work = ledger.nested(async () => {
        await ledger.add('a');
        throw new Doomed();
      });
      await assert.rejects(work, Doomed);
      await ledger.nested(() => ledger.add('b'));
      assert.deepEqual(await ledger.names(), ['b']);
    },
  },
];
