import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createTable, type DatabaseCase, assertFails, needsServer } from './database-case.js';
import type { TestServer } from './test-server.js';

/** To find a statement by, on the server. */
const newMark = () => `mark_${randomUUID().replaceAll('-', '')}`;

/** The answer may come a moment before the server notes that it has stopped. */
async function untilStopped(server: TestServer, mark: string): Promise<void> {
  const due = performance.now() + 1_000;
  while ((await server.running(mark)) > 0) assert.ok(performance.now() < due, 'the statement still runs');
}

export const errorCases: readonly DatabaseCase[] = [
  {
    title: 'fails with QUERY and the code of the engine for SQL it does not understand',
    async run({ database, dialect: { driverCodes } }) {
      for (const [sql, driverCode] of [
        ['SELEC 1', driverCodes.syntax],
        ['SELECT * FROM no_such_table', driverCodes.noTable],
        ['SELECT no_such_column', driverCodes.noColumn],
      ] as const) {
        const failure = await assertFails(database.query(sql), 'QUERY');
        assert.equal(failure.details['driverCode'], driverCode);
        assert.equal(failure.retryable, false);
      }
    },
  },
  {
    title: 'tells which constraint failed, and no value of a parameter',
    async run({ database, dialect: { sql, engine, integer, text, driverCodes } }) {
      const parent = await createTable(database, 'id INTEGER PRIMARY KEY');
      const suffix = randomUUID().slice(0, 8);
      const named = { unique: `uq_${suffix}`, check: `ck_${suffix}`, foreignKey: `fk_${suffix}` };
      const table = await createTable(
        database,
        `a ${text}, b ${integer} NOT NULL DEFAULT 1, c ${integer}, d INTEGER, CONSTRAINT ${named.unique} UNIQUE (a), ` +
          `CONSTRAINT ${named.check} CHECK (c > 0), CONSTRAINT ${named.foreignKey} FOREIGN KEY (d) REFERENCES ${parent} (id)`,
      );
      await database.execute(sql(`INSERT INTO ${table} (a) VALUES (?)`), ['hidden-value']);
      const attempts: readonly (readonly [string, string, string | undefined])[] = [
        ['(a) VALUES (?)', driverCodes.unique, named.unique],
        ['(b, a) VALUES (NULL, ?)', driverCodes.notNull, undefined],
        ['(c, a) VALUES (-1, ?)', driverCodes.check, named.check],
        ['(d, a) VALUES (77, ?)', driverCodes.foreignKey, named.foreignKey],
      ];
      for (const [index, [columns, driverCode, constraint]] of attempts.entries()) {
        const value = index === 0 ? 'hidden-value' : `hidden-value ${index}`;
        const failure = await assertFails(database.execute(sql(`INSERT INTO ${table} ${columns}`), [value]), 'QUERY');
        assert.equal(failure.details['driverCode'], driverCode);
        // SQLite names no constraint.
        if (engine !== 'sqlite') assert.equal(failure.details['constraint'], constraint);
        assert.equal(failure.retryable, false);
        assert.ok(!JSON.stringify([failure.message, failure.details]).includes('hidden-value'), failure.message);
      }
    },
  },
  {
    title: 'refuses too few and too many parameters, and goes on working',
    async run({ database, dialect: { sql, textParameter } }) {
      await assertFails(database.query(sql(`SELECT ${textParameter} AS a, ${textParameter} AS b`), ['1']), 'QUERY');
      await assertFails(database.query(sql(`SELECT ${textParameter} AS a`), ['1', '2']), 'QUERY');
      await assertFails(database.execute(sql(`SELECT ${textParameter}`)), 'QUERY');
      assert.deepEqual(await database.query('SELECT 1 AS a'), [{ a: 1 }]);
    },
  },
  {
    title: 'refuses two statements, and a NUL character or half a surrogate pair in one',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      for (const sql of [
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
    title: 'refuses no statement',
    only: { engines: ['sqlite', 'mariadb'], reason: 'PostgreSQL takes an empty statement and does nothing' },
    async run({ database }) {
      for (const sql of ['', '   ']) await assertFails(database.execute(sql), 'QUERY');
    },
  },
  {
    title: 'refuses a transaction begun or ended as a statement, and leaves none open',
    async run({ database, other, dialect: { integer, engine } }) {
      const table = await createTable(database, `v ${integer}`);
      const beginnings = engine === 'sqlite' ? ['BEGIN IMMEDIATE'] : ['START TRANSACTION', ' /* x */ -- y\nbegin'];
      for (const sql of ['BEGIN', 'SAVEPOINT a', ...beginnings])
        await assertFails(database.execute(sql), 'TRANSACTION');
      await database.transaction((tx) => tx.execute(`INSERT INTO ${table} VALUES (1)`));
      assert.deepEqual(await other.query(`SELECT * FROM ${table}`), [{ v: 1 }]);
    },
  },
  {
    title: 'ends a statement at its timeout, on the server too, and goes on working',
    async run({ database, server, dialect }) {
      const mark = newMark();
      const failure = await assertFails(database.query(dialect.endless(mark), [], { timeout: '150ms' }), 'TIMEOUT');
      assert.equal(failure.details['timeoutMs'], 150);
      if (server) await untilStopped(server, mark);
      assert.deepEqual(await database.query('SELECT 1 AS a'), [{ a: 1 }]);
    },
  },
  {
    title: 'stores nothing of a change that reached its timeout',
    async run({ database, dialect: { integer, rows } }) {
      const table = await createTable(database, `v ${integer}`);
      await assertFails(
        database.execute(`INSERT INTO ${table} ${rows(2_000_000)}`, [], { timeout: '100ms' }),
        'TIMEOUT',
      );
      assert.deepEqual(await database.query(`SELECT count(*) AS n FROM ${table}`), [{ n: 0 }]);
    },
  },
  {
    title: 'ends a statement when its signal aborts, and does not begin one whose signal has',
    async run({ database, server, dialect: { integer, endless } }) {
      const table = await createTable(database, `v ${integer}`);
      const mark = newMark();
      // The timeout ends it where an abort does not reach.
      await assertFails(
        database.query(endless(mark), [], { signal: AbortSignal.timeout(150), timeout: '2s' }),
        'ABORTED',
      );
      if (server) await untilStopped(server, mark);
      await assertFails(
        database.execute(`INSERT INTO ${table} VALUES (1)`, [], { signal: AbortSignal.abort() }),
        'ABORTED',
      );
      assert.deepEqual(await database.query(`SELECT * FROM ${table}`), []);
    },
  },
  {
    title: 'refuses a change in a call that only reads',
    async run({ database, dialect: { integer, driverCodes } }) {
      const table = await createTable(database, `v ${integer}`);
      const failure = await assertFails(
        database.execute(`INSERT INTO ${table} VALUES (1)`, [], { readOnly: true }),
        'QUERY',
      );
      assert.equal(failure.details['driverCode'], driverCodes.readOnly);
      assert.deepEqual(await database.query(`SELECT * FROM ${table}`, [], { readOnly: true }), []);
    },
  },
  {
    title: 'refuses a change in a call that only reads, inside a transaction, which goes on',
    async run({ database, dialect: { integer, driverCodes } }) {
      const table = await createTable(database, `v ${integer}`);
      await database.transaction(async (tx) => {
        const failure = await assertFails(
          tx.execute(`INSERT INTO ${table} VALUES (1)`, [], { readOnly: true }),
          'QUERY',
        );
        assert.equal(failure.details['driverCode'], driverCodes.readOnly);
        await tx.execute(`INSERT INTO ${table} VALUES (2)`);
      });
      assert.deepEqual(await database.query(`SELECT * FROM ${table}`), [{ v: 2 }]);
    },
  },
  {
    title: 'carries a value of 16 MiB both ways',
    only: needsServer,
    async run({ database, dialect: { sql, bytes } }) {
      const table = await createTable(database, `v ${bytes}`);
      const value = Buffer.alloc(16 * 1024 * 1024, 'a value of many bytes');
      await database.execute(sql(`INSERT INTO ${table} VALUES (?)`), [value]);
      const row = await database.queryOne<{ v: Buffer }>(`SELECT v FROM ${table}`);
      assert.ok(row?.v.equals(value));
    },
  },
  {
    title: 'answers a ping and says which engine it is',
    async run({ database, dialect: { type } }) {
      await database.ping();
      assert.equal(database.type, type);
    },
  },
];
