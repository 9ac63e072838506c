import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { assertFails, atOnce } from '../database/database-case.js';
import { table } from './ledger.js';
import { Doomed, type TransactionalCase } from './transactional-case.js';

export const propagationCases: readonly TransactionalCase[] = [
  {
    title: 'required: keeps everything when the method resolves, and gives what it gives',
    run: async ({ ledger }) => {
      const given = await ledger.required(async () => {
        await ledger.add('a');
        await setImmediate();
        await ledger.database.execute(`INSERT INTO ${table} (name) VALUES ('b')`);
        return ledger.names();
      });
      assert.deepEqual(given, ['a', 'b']);
      assert.deepEqual(await ledger.names(), ['a', 'b']);
    },
  },
  {
    title: 'required: keeps nothing when the method rejects, and rejects with the same error',
    run: async ({ ledger }) => {
      const doomed = new Doomed();
      const work = ledger.required(async () => {
        await ledger.add('a');
        throw doomed;
      });
      await assert.rejects(work, (error) => error === doomed);
      assert.deepEqual(await ledger.names(), []);
    },
  },
  {
    title: 'required: joins its caller, and a part that failed dooms the whole',
    run: async ({ ledger }) => {
      const work = ledger.required(async () => {
        await ledger.add('outer');
        await ledger
          .required(async () => {
            await ledger.add('inner');
            throw new Doomed();
          })
          .catch(() => undefined);
      });
      const failure = await assertFails(work, 'TRANSACTION');
      assert.ok(failure.cause instanceof Doomed);
      assert.deepEqual(await ledger.names(), []);
    },
  },
  {
    title: 'required: Database.transaction joins, too',
    run: async ({ ledger }) => {
      const work = ledger.required(async () => {
        await ledger.database.transaction((tx) => tx.execute(`INSERT INTO ${table} (name) VALUES ('a')`));
        assert.deepEqual(await ledger.names(), ['a']);
        throw new Doomed();
      });
      await assert.rejects(work, Doomed);
      assert.deepEqual(await ledger.names(), []);
    },
  },
  {
    title: 'required: two calls side by side have a transaction each',
    run: async ({ ledger }) => {
      const [kept, lost] = await Promise.allSettled([
        ledger.required(() => ledger.add('a')),
        ledger.required(async () => {
          await ledger.add('b');
          throw new Doomed();
        }),
      ]);
      assert.deepEqual([kept.status, lost.status], ['fulfilled', 'rejected']);
      assert.deepEqual(await ledger.names(), ['a']);
    },
  },
  {
    title: 'requiresNew: has a transaction of its own, or is refused at once where it would wait for its caller',
    run: async ({ ledger, connections }) => {
      const inner = () => ledger.requiresNew(() => ledger.add('inner'));
      const work = ledger.required(async () => {
        if (connections === 'many') await inner();
        else await atOnce(assertFails(inner(), 'TRANSACTION'));
        await ledger.add('outer');
        throw new Doomed();
      });
      await assert.rejects(work, Doomed);
      assert.deepEqual(await ledger.names(), connections === 'many' ? ['inner'] : []);
      await ledger.requiresNew(() => ledger.add('alone'));
      assert.ok((await ledger.names()).includes('alone'));
    },
  },
  {
    title: 'requiresNew with readOnly: does not see what its caller has not committed',
    run: async ({ ledger, connections }) => {
      await ledger.required(async () => {
        await ledger.add('outer');
        const reading = ledger.requiresNewReading(() => ledger.names());
        if (connections === 'one') await atOnce(assertFails(reading, 'TRANSACTION'));
        else assert.deepEqual(await reading, []);
        assert.deepEqual(await ledger.names(), ['outer']);
      });
      assert.deepEqual(await ledger.names(), ['outer']);
    },
  },
  {
    title: 'requiresNew: a reader between two writers does not hide the first',
    run: async ({ ledger, connections }) => {
      if (connections !== 'one writer') return;
      await ledger.required(async () => {
        await ledger.add('outer');
        await ledger.requiresNewReading(() =>
          atOnce(
            assertFails(
              ledger.requiresNew(() => ledger.add('inner')),
              'TRANSACTION',
            ),
          ),
        );
      });
      assert.deepEqual(await ledger.names(), ['outer']);
    },
  },
  {
    title: 'mandatory: joins, and is refused outside a transaction',
    run: async ({ ledger }) => {
      await assertFails(
        ledger.mandatory(() => ledger.add('a')),
        'TRANSACTION',
      );
      await ledger.required(() => ledger.mandatory(() => ledger.add('b')));
      assert.deepEqual(await ledger.names(), ['b']);
    },
  },
  {
    title: 'never: runs without a transaction, and is refused in one',
    run: async ({ ledger }) => {
      const work = ledger.never(async () => {
        await ledger.add('kept');
        throw new Doomed();
      });
      await assert.rejects(work, Doomed);
      const inside = ledger.required(() =>
        assertFails(
          ledger.never(() => ledger.add('a')),
          'TRANSACTION',
        ),
      );
      await inside;
      assert.deepEqual(await ledger.names(), ['kept']);
    },
  },
  {
    title: 'isolation: the same as that of the caller, or it is refused',
    run: async ({ ledger }) => {
      await ledger.serializable(async () => {
        await ledger.serializable(() => ledger.add('a'));
        await assertFails(
          ledger.readUncommitted(() => ledger.add('b')),
          'TRANSACTION',
        );
        await ledger.required(() => ledger.add('c'));
      });
      await ledger.readUncommitted(() => ledger.add('d'));
      assert.deepEqual(await ledger.names(), ['a', 'c', 'd']);
    },
  },
  {
    title: 'readOnly: refuses to write',
    run: async ({ ledger }) => {
      await assert.rejects(ledger.reading(() => ledger.add('a')));
      assert.deepEqual(await ledger.reading(() => ledger.names()), []);
    },
  },
  {
    title: 'timeout: rolls back, and what it stood in takes no more calls',
    run: async ({ ledger }) => {
      let late: Promise<unknown> | undefined;
      const work = ledger.brief(async () => {
        await ledger.add('a');
        await new Promise<void>((resolve) => setTimeout(resolve, 100));
        late = assertFails(ledger.database.execute(`INSERT INTO ${table} (name) VALUES ('late')`), 'TRANSACTION');
        await late;
      });
      const failure = await assertFails(work, 'TIMEOUT');
      assert.match(failure.message, /timeout of 50 ms/);
      await ledger.add('next');
      assert.deepEqual(await ledger.names(), ['next']);
    },
  },
];
