import assert from 'node:assert/strict';
import { createTable, type DatabaseCase, assertFails } from './database-case.js';

export const savepointCases: readonly DatabaseCase[] = [
  {
    title: 'takes back what a savepoint did, alone, and keeps what another did',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      const mine = new Error('mine');
      await database.transaction(async (tx) => {
        await tx.execute(`INSERT INTO ${table} VALUES (1)`);
        const undone = tx.savepoint(async () => {
          await tx.execute(`INSERT INTO ${table} VALUES (2)`);
          throw mine;
        });
        await assert.rejects(undone, (error) => error === mine);
        assert.equal(await tx.savepoint(() => tx.execute(`INSERT INTO ${table} VALUES (3)`)), 1);
      });
      assert.deepEqual(await database.query(`SELECT v FROM ${table} ORDER BY v`), [{ v: 1 }, { v: 3 }]);
    },
  },
  {
    title: 'nests savepoints',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      await database.transaction(async (tx) => {
        await tx.savepoint(async () => {
          await tx.execute(`INSERT INTO ${table} VALUES (1)`);
          const inner = tx.savepoint(async () => {
            await tx.execute(`INSERT INTO ${table} VALUES (2)`);
            throw new Error('inner');
          });
          await assert.rejects(inner, /inner/);
          await tx.execute(`INSERT INTO ${table} VALUES (3)`);
        });
        const outer = tx.savepoint(async () => {
          await tx.savepoint(() => tx.execute(`INSERT INTO ${table} VALUES (4)`));
          throw new Error('outer');
        });
        await assert.rejects(outer, /outer/);
      });
      assert.deepEqual(await database.query(`SELECT v FROM ${table} ORDER BY v`), [{ v: 1 }, { v: 3 }]);
    },
  },
  {
    title: 'runs savepoints that are begun side by side one after another, at every depth',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      const insert = (v: number) => `INSERT INTO ${table} VALUES (${v})`;
      await database.transaction(async (tx) => {
        const both = (values: readonly [number, number]) =>
          Promise.allSettled(
            values.map((value) =>
              tx.savepoint(async () => {
                await tx.execute(insert(value));
                await tx.queryOne('SELECT 1');
                if (value % 2 === 0) throw new Error(`even ${value}`);
                return value;
              }),
            ),
          );
        const outcomes = [
          ...(await both([1, 2])),
          ...(await tx.savepoint(async () => {
            await tx.execute(insert(11));
            return both([4, 5]);
          })),
        ];
        assert.deepEqual(
          outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason))),
          [1, 'Error: even 2', 'Error: even 4', 5],
        );
      });
      assert.deepEqual(
        await database.query(`SELECT v FROM ${table} ORDER BY v`),
        [1, 5, 11].map((v) => ({ v })),
      );
    },
  },
  {
    title: 'goes on after a statement has failed in a savepoint',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer} UNIQUE`);
      await database.transaction(async (tx) => {
        await tx.execute(`INSERT INTO ${table} VALUES (1)`);
        await assertFails(
          tx.savepoint(() => tx.execute(`INSERT INTO ${table} VALUES (1)`)),
          'QUERY',
        );
        await tx.execute(`INSERT INTO ${table} VALUES (2)`);
      });
      assert.deepEqual(await database.query(`SELECT v FROM ${table} ORDER BY v`), [{ v: 1 }, { v: 2 }]);
    },
  },
];
