import assert from 'node:assert/strict';
import { createTable, type DatabaseCase, endlessRows, assertFails } from './database-case.js';

export const errorCases: readonly DatabaseCase[] = [
  {
    title: 'fails with QUERY and the code of the engine for SQL it does not understand',
    async run({ database }) {
      for (const sql of ['SELEC 1', 'SELECT * FROM no_such_table', 'SELECT no_such_column']) {
        const failure = await assertFails(database.query(sql), 'QUERY');
        assert.equal(failure.details['driverCode'], 'SQLITE_ERROR');
        assert.equal(failure.retryable, false);
      }
    },
  },
  {
    title: 'tells which constraint failed, and no value',
    async run({ database }) {
      const parent = await createTable(database, 'id INTEGER PRIMARY KEY');
      const table = await createTable(
        database,
        `a TEXT UNIQUE, b NOT NULL DEFAULT 1, c CHECK (c > 0), d REFERENCES ${parent} (id)`,
      );
      await database.execute(`INSERT INTO ${table} (a) VALUES (?)`, ['hidden-value']);
      const attempts: readonly (readonly [string, string])[] = [
        ['(a) VALUES (?)', 'SQLITE_CONSTRAINT_UNIQUE'],
        ['(b, a) VALUES (NULL, ?)', 'SQLITE_CONSTRAINT_NOTNULL'],
        ['(c, b) VALUES (-1, ?)', 'SQLITE_CONSTRAINT_CHECK'],
        ['(d, b) VALUES (77, ?)', 'SQLITE_CONSTRAINT_FOREIGNKEY'],
      ];
      for (const [columns, driverCode] of attempts) {
        const failure = await assertFails(
          database.execute(`INSERT INTO ${table} ${columns}`, ['hidden-value']),
          'QUERY',
        );
        assert.equal(failure.details['driverCode'], driverCode);
        assert.equal(failure.retryable, false);
        assert.ok(!JSON.stringify([failure.message, failure.details]).includes('hidden-value'));
      }
    },
  },
  {
    title: 'refuses too few and too many parameters',
    async run({ database }) {
      assert.match((await assertFails(database.query('SELECT ? AS a, ? AS b', [1]), 'QUERY')).message, /few/i);
      assert.match((await assertFails(database.query('SELECT ? AS a', [1, 2]), 'QUERY')).message, /many/i);
      assert.match((await assertFails(database.execute('SELECT ?'), 'QUERY')).message, /few/i);
    },
  },
  {
    title: 'refuses no statement, two statements, and a NUL character or half a surrogate pair in one',
    async run({ database }) {
      const table = await createTable(database, 'v');
      for (const sql of [
        '',
        '   ',
        `INSERT INTO ${table} VALUES (1); INSERT INTO ${table} VALUES (2)`,
        `INSERT INTO ${table} VALUES (1)\0`,
        `INSERT INTO ${table} VALUES ('\ud800')`,
      ]) {
        await assertFails(database.execute(sql), 'QUERY');
      }
      assert.deepEqual(await database.query(`SELECT * FROM ${table}`), []);
    },
  },
  {
    title: 'refuses a transaction begun as a statement, and leaves none open',
    async run({ database }) {
      const table = await createTable(database, 'v');
      for (const sql of ['BEGIN', 'BEGIN IMMEDIATE', 'SAVEPOINT a'])
        await assertFails(database.execute(sql), 'TRANSACTION');
      await database.transaction((tx) => tx.execute(`INSERT INTO ${table} VALUES (1)`));
      assert.deepEqual(await database.query(`SELECT * FROM ${table}`), [{ v: 1 }]);
    },
  },
  {
    title: 'ends a statement at its timeout and goes on working',
    async run({ database }) {
      const failure = await assertFails(database.query(endlessRows, [], { timeout: '100ms' }), 'TIMEOUT');
      assert.equal(failure.details['timeoutMs'], 100);
      assert.deepEqual(await database.query('SELECT 1 AS a'), [{ a: 1 }]);
    },
  },
  {
    title: 'stores nothing of a change that reached its timeout',
    async run({ database }) {
      const table = await createTable(database, 'v');
      await assertFails(
        database.query(`INSERT INTO ${table} ${countTo(1_000_000)} RETURNING v`, [], { timeout: '100ms' }),
        'TIMEOUT',
      );
      assert.deepEqual(await database.query(`SELECT count(*) AS n FROM ${table}`), [{ n: 0 }]);
    },
  },
  {
    title: 'ends a statement when its signal aborts, and does not begin one whose signal has',
    async run({ database }) {
      const table = await createTable(database, 'v');
      // The timeout ends it where an abort does not reach.
      await assertFails(
        database.query(endlessRows, [], { signal: AbortSignal.timeout(100), timeout: '1s' }),
        'ABORTED',
      );
      await assertFails(
        database.execute(`INSERT INTO ${table} VALUES (1)`, [], { signal: AbortSignal.abort() }),
        'ABORTED',
      );
      assert.deepEqual(await database.query(`SELECT * FROM ${table}`), []);
    },
  },
  {
    title: 'refuses a change in a call that only reads',
    async run({ database }) {
      const table = await createTable(database, 'v');
      const failure = await assertFails(
        database.execute(`INSERT INTO ${table} VALUES (1)`, [], { readOnly: true }),
        'QUERY',
      );
      assert.equal(failure.details['driverCode'], 'SQLITE_READONLY');
      assert.deepEqual(await database.query(`SELECT * FROM ${table}`, [], { readOnly: true }), []);
    },
  },
  {
    title: 'answers a ping and says which engine it is',
    async run({ database }) {
      await database.ping();
      assert.equal(database.type, 'sqlite');
    },
  },
];

function countTo(n: number): string {
  return `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n}) SELECT i FROM n`;
}
