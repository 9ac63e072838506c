import assert from 'node:assert/strict';
import { countOf, createTable, assertFails, type DatabaseCase } from './database-case.js';

/** What the options of a transaction promise: its time limits and its isolation. */
export const transactionOptionCases: readonly DatabaseCase[] = [
  {
    title: 'is rolled back with the statement that reached its timeout',
    async run({ database, dialect: { endless, integer } }) {
      const table = await createTable(database, `v ${integer}`);
      const tx = await database.beginTransaction();
      await tx.execute(`INSERT INTO ${table} VALUES (1)`);
      await assertFails(tx.query(endless('n'), [], { timeout: '100ms' }), 'TIMEOUT');
      await assertFails(tx.commit(), 'TRANSACTION');
      assert.equal(await countOf(database, table), 0);
      await database.transaction((next) => next.execute(`INSERT INTO ${table} VALUES (2)`));
      assert.equal(await countOf(database, table), 1);
    },
  },
  {
    title: 'is rolled back when it is open longer than its timeout, even if the work never ends',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      const work = database.transaction(
        async (tx) => {
          await tx.execute(`INSERT INTO ${table} VALUES (1)`);
          return new Promise<never>(() => {});
        },
        { timeout: '150ms' },
      );
      await assertFails(work, 'TIMEOUT');
      assert.equal(await countOf(database, table), 0);
    },
  },
  {
    title: 'is rolled back when it is idle longer than its idleTimeout',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      await database.execute(`INSERT INTO ${table} VALUES (0)`);
      const tx = await database.beginTransaction({ idleTimeout: '150ms' });
      await tx.execute(`UPDATE ${table} SET v = 1`);
      // A writer waits in line until the idle one has given way.
      await database.execute(`UPDATE ${table} SET v = v + 2`);
      await assertFails(tx.query('SELECT 1'), 'TRANSACTION');
      assert.deepEqual(await database.query(`SELECT v FROM ${table}`), [{ v: 2 }]);
    },
  },
  {
    title: 'takes every isolation level of the SQL standard and refuses others by name',
    async run({ database }) {
      for (const isolation of ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const) {
        await database.transaction((tx) => tx.query('SELECT 1'), { isolation });
      }
      await assertFails(database.beginTransaction({ isolation: 'chaos' as 'serializable' }), 'CONFIGURATION');
    },
  },
];
