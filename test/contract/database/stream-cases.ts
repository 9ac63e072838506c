import assert from 'node:assert/strict';
import { createTable, type DatabaseCase, assertFails } from './database-case.js';
import { heldBytes } from './held-bytes.js';

const many = 10_000;
/** Each row comes with a text, so that all of them would be some 20 MB. */
const wide = (rows: string) => `SELECT i, '${'x'.repeat(2_000)}' AS text FROM (${rows}) AS r`;

export const streamCases: readonly DatabaseCase[] = [
  {
    title: 'streams every row in order, in bounded memory',
    async run({ database, dialect: { rows } }) {
      let count = 0;
      let last = 0;
      let most = 0;
      const before = heldBytes();
      for await (const { i } of database.stream<{ i: number; text: string }>(wide(rows(many)))) {
        count += 1;
        if (i !== last + 1) assert.fail(`row ${i} came after row ${last}`);
        last = i;
        if (count % 5_000 === 0) most = Math.max(most, heldBytes() - before);
      }
      assert.equal(count, many);
      assert.ok(most < 8 * 1024 * 1024, `held ${Math.round(most / 1024 / 1024)} MiB`);
    },
  },
  {
    title: 'gives the connection back when a stream ends early, again and again',
    async run({ database, dialect: { rows } }) {
      for (let round = 0; round < 12; round += 1) {
        let count = 0;
        for await (const row of database.stream<{ i: number }>(wide(rows(20_000)))) {
          assert.equal(row.i, count + 1);
          count += 1;
          if (count === 3) break;
        }
        assert.equal(count, 3);
      }
      assert.deepEqual(await database.query('SELECT 1 AS a'), [{ a: 1 }]);
    },
  },
  {
    title: 'fails with the error of a stream that cannot begin, and goes on working',
    async run({ database, dialect: { driverCodes } }) {
      const failure = await assertFails(collected(database.stream('SELECT * FROM no_such_table')), 'QUERY');
      assert.equal(failure.details['driverCode'], driverCodes.noTable);
      assert.deepEqual(await database.query('SELECT 1 AS a'), [{ a: 1 }]);
    },
  },
  {
    title: 'fails with an error that comes between rows, and goes on working',
    only: {
      engines: ['postgres', 'pglite'],
      reason: 'SQLite and MariaDB answer NULL where PostgreSQL stops dividing by zero',
    },
    async run({ database, dialect: { rows } }) {
      let count = 0;
      const reading = async () => {
        for await (const row of database.stream(`SELECT 1 / (5000 - i) AS v FROM (${rows(10_000)}) AS r`))
          count += Number(row !== undefined);
      };
      const failure = await assertFails(reading(), 'QUERY');
      assert.equal(failure.details['driverCode'], '22012');
      assert.ok(count > 0 && count < 5_000, `${count} rows`);
      assert.deepEqual(await database.query('SELECT 1 AS a'), [{ a: 1 }]);
    },
  },
  {
    title: 'streams inside a transaction, which goes on after a stream that ended early',
    async run({ database, dialect: { integer, rows, sql } }) {
      const table = await createTable(database, `v ${integer}`);
      await database.transaction(async (tx) => {
        await tx.execute(`INSERT INTO ${table} ${rows(1_000)}`);
        const all = await collected(tx.stream<{ v: number }>(sql(`SELECT v FROM ${table} WHERE v > ?`), [0]));
        assert.equal(all.length, 1_000);
        for await (const row of tx.stream(`SELECT v FROM ${table}`)) if (row) break;
        await tx.execute(`DELETE FROM ${table} WHERE v > 1`);
      });
      assert.deepEqual(await database.query(`SELECT v FROM ${table}`), [{ v: 1 }]);
    },
  },
];

async function collected<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
