import assert from 'node:assert/strict';
import type { Transaction } from '../../../src/database/index.js';
import {
  atOnce,
  countOf,
  createTable,
  type DatabaseCase,
  assertFails,
  needsOneConnection,
  needsOneWriter,
  needsTwoConnections,
} from './database-case.js';

/** Every method of a transaction that has ended is refused. */
async function assertRefusesEverything(tx: Transaction): Promise<void> {
  await assertFails(tx.execute('SELECT 1'), 'TRANSACTION');
  await assertFails(tx.query('SELECT 1'), 'TRANSACTION');
  await assertFails(tx.queryOne('SELECT 1'), 'TRANSACTION');
  await assertFails(tx.queryRows('SELECT 1'), 'TRANSACTION');
  await assertFails(tx.commit(), 'TRANSACTION');
  await assertFails(tx.rollback(), 'TRANSACTION');
  await tx[Symbol.asyncDispose]();
}

export const transactionCases: readonly DatabaseCase[] = [
  {
    title: 'commits when the work resolves and gives back its result',
    async run({ database, other, dialect: { integer, sql } }) {
      const table = await createTable(database, `v ${integer}`);
      const result = await database.transaction(async (tx) => {
        await tx.execute(sql(`INSERT INTO ${table} VALUES (?)`), [1]);
        assert.deepEqual(await tx.query(`SELECT v FROM ${table}`), [{ v: 1 }]);
        assert.deepEqual(await tx.queryOne(`SELECT v FROM ${table}`), { v: 1 });
        assert.equal((await tx.queryRows(`SELECT v FROM ${table}`))[0]?.getInteger('v'), 1);
        return 'done';
      });
      assert.equal(result, 'done');
      assert.equal(await countOf(other, table), 1);
    },
  },
  {
    title: 'rolls back when the work rejects, with the very error of the work',
    async run({ database, other, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      const mine = new Error('mine');
      const work = database.transaction(async (tx) => {
        await tx.execute(`INSERT INTO ${table} VALUES (1)`);
        throw mine;
      });
      await assert.rejects(work, (error) => error === mine);
      assert.equal(await countOf(other, table), 0);
    },
  },
  {
    title: 'stays open after a statement in it has failed',
    only: {
      engines: ['sqlite', 'mariadb'],
      reason:
        'PostgreSQL takes no statement in a transaction in which one has failed, until a savepoint is rolled back',
    },
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer} UNIQUE`);
      await database.transaction(async (tx) => {
        await tx.execute(`INSERT INTO ${table} VALUES (1)`);
        await assertFails(tx.execute(`INSERT INTO ${table} VALUES (1)`), 'QUERY');
        await tx.execute(`INSERT INTO ${table} VALUES (2)`);
      });
      assert.equal(await countOf(database, table), 2);
    },
  },
  {
    title: 'refuses every call once it is committed or rolled back',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      const committed = await database.beginTransaction();
      await committed.execute(`INSERT INTO ${table} VALUES (1)`);
      await committed.commit();
      await assertRefusesEverything(committed);
      const undone = await database.beginTransaction();
      await undone.execute(`INSERT INTO ${table} VALUES (2)`);
      await undone.rollback();
      await assertRefusesEverything(undone);
      assert.deepEqual(await database.query(`SELECT v FROM ${table}`), [{ v: 1 }]);
    },
  },
  {
    title: 'rolls back when it is disposed while still open, and only then',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      {
        await using tx = await database.beginTransaction();
        await tx.execute(`INSERT INTO ${table} VALUES (1)`);
      }
      {
        await using tx = await database.beginTransaction();
        await tx.execute(`INSERT INTO ${table} VALUES (2)`);
        await tx.commit();
      }
      assert.deepEqual(await database.query(`SELECT v FROM ${table}`), [{ v: 2 }]);
    },
  },
  {
    title: 'completes forty of forty transactions at once',
    async run({ database, other, dialect: { forUpdate, integer, sql } }) {
      const table = await createTable(database, `id INTEGER PRIMARY KEY, n ${integer}`);
      await database.execute(`INSERT INTO ${table} VALUES (1, 0)`);
      const increments = Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? database : other).transaction(async (tx) => {
          const row = await tx.queryOne<{ n: number }>(`SELECT n FROM ${table}${forUpdate}`);
          await tx.execute(sql(`UPDATE ${table} SET n = ?`), [(row?.n ?? 0) + 1]);
        }),
      );
      await Promise.all(increments);
      assert.deepEqual(await database.query(`SELECT n FROM ${table}`), [{ n: 40 }]);
    },
  },
  {
    title: 'runs statements given at once in one transaction',
    async run({ database, dialect: { integer, sql } }) {
      const table = await createTable(database, `v ${integer}`);
      await database.transaction(async (tx) => {
        await Promise.all(
          Array.from({ length: 50 }, (_, index) => tx.execute(sql(`INSERT INTO ${table} VALUES (?)`), [index])),
        );
      });
      assert.equal(await countOf(database, table), 50);
    },
  },
  {
    title: 'hides what is not committed: a reader sees the old value while a transaction is held open',
    only: needsTwoConnections,
    async run({ database, other, dialect: { text } }) {
      const table = await createTable(database, `v ${text}`);
      await database.execute(`INSERT INTO ${table} VALUES ('old')`);
      await using tx = await database.beginTransaction();
      await tx.execute(`UPDATE ${table} SET v = 'new'`);
      assert.deepEqual(await atOnce(other.query(`SELECT v FROM ${table}`)), [{ v: 'old' }]);
      assert.deepEqual(await atOnce(database.query(`SELECT v FROM ${table}`)), [{ v: 'old' }]);
      await tx.commit();
      assert.deepEqual(await other.query(`SELECT v FROM ${table}`), [{ v: 'new' }]);
    },
  },
  {
    title: 'makes others wait for the open transaction when there is one connection',
    only: needsOneConnection,
    async run({ database, other, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      const tx = await database.beginTransaction();
      await tx.execute(`INSERT INTO ${table} VALUES (1)`);
      const order: string[] = [];
      const reading = other.query(`SELECT v FROM ${table}`).then((rows) => {
        order.push('read');
        return rows;
      });
      await tx.execute(`INSERT INTO ${table} VALUES (2)`);
      order.push('committing');
      await tx.commit();
      assert.deepEqual(await reading, [{ v: 1 }, { v: 2 }]);
      assert.deepEqual(order, ['committing', 'read']);
    },
  },
  {
    title: 'reads the old value, and refuses to write at once, through the database inside transaction(work)',
    only: needsOneWriter,
    async run({ database, dialect: { text } }) {
      const table = await createTable(database, `v ${text}`);
      await database.execute(`INSERT INTO ${table} VALUES ('old')`);
      await database.transaction(async (tx) => {
        await tx.execute(`UPDATE ${table} SET v = 'new'`);
        assert.deepEqual(await atOnce(database.query(`SELECT v FROM ${table}`)), [{ v: 'old' }]);
        await atOnce(assertFails(database.execute(`UPDATE ${table} SET v = 'other'`), 'TRANSACTION'));
        await atOnce(assertFails(database.query(`DELETE FROM ${table} RETURNING v`), 'TRANSACTION'));
        await atOnce(assertFails(database.beginTransaction(), 'TRANSACTION'));
        await atOnce(
          assertFails(
            database.transaction(async () => {}),
            'TRANSACTION',
          ),
        );
        assert.deepEqual(
          await database.transaction((reader) => reader.query(`SELECT v FROM ${table}`), { readOnly: true }),
          [{ v: 'old' }],
        );
      });
      assert.deepEqual(await database.query(`SELECT v FROM ${table}`), [{ v: 'new' }]);
    },
  },
  {
    title: 'refuses every call through the database inside transaction(work) at once when there is one connection',
    only: needsOneConnection,
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      await database.transaction(async (tx) => {
        await tx.execute(`INSERT INTO ${table} VALUES (1)`);
        await atOnce(assertFails(database.query('SELECT 1'), 'TRANSACTION'));
        await atOnce(assertFails(database.execute(`INSERT INTO ${table} VALUES (2)`), 'TRANSACTION'));
        await atOnce(assertFails(database.beginTransaction(), 'TRANSACTION'));
        await atOnce(assertFails(database.ping(), 'TRANSACTION'));
      });
      assert.equal(await countOf(database, table), 1);
    },
  },
  {
    title: 'gives a reading transaction a steady view, and refuses to write in it',
    only: needsTwoConnections,
    async run({ database, other, dialect: { driverCodes, integer } }) {
      const table = await createTable(database, `v ${integer}`);
      await database.transaction(
        async (tx) => {
          assert.equal(await countOf(tx, table), 0);
          await other.execute(`INSERT INTO ${table} VALUES (1)`);
          assert.equal(await countOf(tx, table), 0);
          const failure = await assertFails(tx.execute(`INSERT INTO ${table} VALUES (2)`), 'QUERY');
          assert.equal(failure.details['driverCode'], driverCodes.readOnly);
        },
        { readOnly: true, isolation: 'repeatable read' },
      );
      assert.equal(await countOf(database, table), 1);
    },
  },
  {
    title: 'refuses what follows when a statement has ended the transaction',
    only: {
      engines: ['sqlite'],
      reason: 'no statement but COMMIT and ROLLBACK ends a transaction of PostgreSQL or MariaDB',
    },
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer} UNIQUE`);
      const work = database.transaction(async (tx) => {
        await tx.execute(`INSERT INTO ${table} VALUES (1)`);
        await assertFails(tx.execute(`INSERT OR ROLLBACK INTO ${table} VALUES (1)`), 'QUERY');
        await assertFails(tx.execute(`INSERT INTO ${table} VALUES (2)`), 'TRANSACTION');
      });
      await assertFails(work, 'TRANSACTION');
      assert.equal(await countOf(database, table), 0);
    },
  },
  {
    title: 'rolls back when the engine refuses the commit',
    only: {
      engines: ['sqlite', 'postgres', 'pglite'],
      reason: 'MariaDB checks every constraint at the statement, none at the commit',
    },
    async run({ database, dialect: { driverCodes } }) {
      const parent = await createTable(database, 'id INTEGER PRIMARY KEY');
      const table = await createTable(database, `p INTEGER REFERENCES ${parent} (id) DEFERRABLE INITIALLY DEFERRED`);
      const tx = await database.beginTransaction();
      await tx.execute(`INSERT INTO ${table} VALUES (5)`);
      const failure = await assertFails(tx.commit(), 'QUERY');
      assert.equal(failure.details['driverCode'], driverCodes.foreignKey);
      await assertFails(tx.query('SELECT 1'), 'TRANSACTION');
      assert.equal(await countOf(database, table), 0);
    },
  },
];
