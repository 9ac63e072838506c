import assert from 'node:assert/strict';
import type { SqlValue } from '../../../src/database/index.js';
import { createTable, type DatabaseCase, assertFails } from './database-case.js';

const roundTrips: readonly (readonly [name: string, value: SqlValue, stored: unknown])[] = [
  ['null', null, null],
  ['true as 1', true, 1],
  ['false as 0', false, 0],
  ['zero', 0, 0],
  ['a negative integer', -42, -42],
  ['the largest safe integer', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ['a fraction', 0.1, 0.1],
  ['a float beyond the integers', 1e300, 1e300],
  ['an integer of a float beyond 2^53', 2 ** 60, 2 ** 60],
  ['a small bigint as a number', 7n, 7],
  ['a bigint beyond 2^53', 9_007_199_254_740_993n, 9_007_199_254_740_993n],
  ['the largest 64-bit integer', 9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n],
  ['the smallest 64-bit integer', -9_223_372_036_854_775_808n, -9_223_372_036_854_775_808n],
  ['empty text', '', ''],
  ['text that looks like a number', '007', '007'],
  ['text that looks like base64', 'AP8=', 'AP8='],
  ['text of many scripts', 'Grüße, 你好, שלום, 👩‍👩‍👧, \u2028', 'Grüße, 你好, שלום, 👩‍👩‍👧, \u2028'],
  ['text with quotes and newlines', `'";--\r\n\t\\`, `'";--\r\n\t\\`],
  ['text with NUL characters', 'a\0b\0', 'a\0b\0'],
  ['a Date as UTC text', new Date(Date.UTC(2025, 2, 14, 2, 33, 33, 906)), '2025-03-14 02:33:33.906'],
  ['an object as JSON text', { a: [1, { b: null }], ü: '"' }, '{"a":[1,{"b":null}],"ü":"\\""}'],
  ['an array as JSON text', [1, 'two', null], '[1,"two",null]'],
];

const untyped = {
  engines: ['sqlite'],
  reason: 'a column of SQLite has no type of its own; those of PostgreSQL and MariaDB have, and cases of their own',
} as const;

const allBytes = Uint8Array.from({ length: 256 }, (_, index) => index);

const refused: readonly (readonly [name: string, value: unknown])[] = [
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['a function', () => 'secret-value'],
  ['a symbol', Symbol('secret-value')],
  ['an invalid Date', new Date(Number.NaN)],
  ['an integer beyond 64 bits', 2n ** 64n],
  ['text with half a surrogate pair', 'secret-value\ud800'],
  ['an object that holds a bigint', { secret: 'secret-value', amount: 1n }],
];

export const valueCases: readonly DatabaseCase[] = [
  ...roundTrips.map(([name, value, stored]): DatabaseCase => ({
    title: `stores ${name} without loss`,
    only: untyped,
    async run({ database }) {
      const table = await createTable(database, 'id INTEGER PRIMARY KEY, v');
      assert.equal(await database.execute(`INSERT INTO ${table} (id, v) VALUES (?, ?)`, [1, value]), 1);
      const row = await database.queryOne(`SELECT v FROM ${table} WHERE id = ?`, [1]);
      assert.deepEqual(row, { v: stored });
    },
  })),
  {
    title: 'stores bytes as a blob and gives them back as bytes',
    async run({ database, dialect: { sql, bytes: type } }) {
      const table = await createTable(database, `id INTEGER PRIMARY KEY, v ${type}`);
      const values = [allBytes, new Uint8Array(0), allBytes.subarray(10, 20), Buffer.from('from a pooled buffer')];
      for (const [id, bytes] of values.entries()) {
        await database.execute(sql(`INSERT INTO ${table} VALUES (?, ?)`), [id, bytes]);
        const row = await database.queryOne<{ v: Uint8Array }>(sql(`SELECT v FROM ${table} WHERE id = ?`), [id]);
        assert.ok(row && Buffer.isBuffer(row.v));
        assert.deepEqual([...row.v], [...bytes]);
      }
    },
  },
  {
    title: 'binds an integer as an integer and a fraction as a float',
    only: untyped,
    async run({ database }) {
      const row = await database.queryOne('SELECT typeof(?) AS i, typeof(?) AS f, ? / 2 AS half, typeof(?) AS big', [
        1,
        1.5,
        5,
        2n ** 53n,
      ]);
      assert.deepEqual(row, { i: 'integer', f: 'real', half: 2, big: 'integer' });
    },
  },
  {
    title: 'takes the parameters as they were when it was called',
    async run({ database, dialect: { sql, bytesParameter, textParameter } }) {
      const bytes = Uint8Array.of(1, 2, 3);
      const tags = { a: 1 };
      const params: SqlValue[] = [bytes, tags];
      const answer = database.queryOne<{ b: Uint8Array; j: string }>(
        sql(`SELECT ${bytesParameter} AS b, ${textParameter} AS j`),
        params,
      );
      bytes.fill(9);
      tags.a = 2;
      params.length = 0;
      const row = await answer;
      assert.deepEqual([...(row?.b ?? [])], [1, 2, 3]);
      assert.equal(row?.j, '{"a":1}');
    },
  },
  ...refused.map(([name, value]): DatabaseCase => ({
    title: `refuses ${name} as a parameter, naming its position and not its value`,
    async run({ database, dialect: { sql } }) {
      const failure = await assertFails(
        database.query(sql('SELECT ? AS a, ? AS b'), ['first', value as SqlValue]),
        'SERIALIZATION',
      );
      assert.equal(failure.details['parameter'], 2);
      assert.match(failure.message, /parameter 2/);
      assert.ok(!JSON.stringify([failure.message, failure.details]).includes('secret-value'));
      const tx = await database.beginTransaction();
      await assertFails(tx.execute(sql('SELECT ?'), [value as SqlValue]), 'SERIALIZATION');
      await tx.rollback();
    },
  })),
  {
    title: 'gives rows with typed, null-safe access',
    only: untyped,
    async run({ database }) {
      const bytes = Uint8Array.of(1, 255);
      const [row] = await database.queryRows(
        "SELECT 'x' AS s, 5 AS i, 9223372036854775807 AS big, 2.5 AS f, 1 AS yes, 0 AS no, ? AS b, '2025-03-14 02:33:33.906' AS d, NULL AS empty",
        [bytes],
      );
      assert.ok(row);
      assert.equal(row.getString('s'), 'x');
      assert.equal(row.getInteger('i'), 5);
      assert.equal(row.getBigInt('big'), 9_223_372_036_854_775_807n);
      assert.equal(row.getFloat('f'), 2.5);
      assert.deepEqual([row.getBoolean('yes'), row.getBoolean('no')], [true, false]);
      assert.deepEqual([...row.getBytes('b')], [1, 255]);
      assert.equal(row.getDate('d').toISOString(), '2025-03-14T02:33:33.906Z');
      assert.equal(row.tryGetString('empty'), null);
      assert.equal(row.tryGetDate('not there'), null);
      await assertFails((async () => row.getInteger('big'))(), 'SERIALIZATION');
      const failure = await assertFails((async () => row.getString('empty'))(), 'SERIALIZATION');
      assert.match(failure.message, /'empty'/);
    },
  },
  {
    title: 'gives an empty list, null or 0 when there is nothing',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      assert.deepEqual(await database.query(`SELECT v FROM ${table}`), []);
      assert.deepEqual(await database.queryRows(`SELECT v FROM ${table}`), []);
      assert.equal(await database.queryOne(`SELECT v FROM ${table}`), null);
      assert.equal(await database.execute(`UPDATE ${table} SET v = 1`), 0);
      assert.equal(await database.execute(`SELECT 1`), 0);
    },
  },
  {
    title: 'counts the rows a statement changed',
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `id INTEGER PRIMARY KEY, v ${integer}`);
      assert.equal(await database.execute(`INSERT INTO ${table} VALUES (1, 1), (2, 2), (3, 3)`), 3);
      assert.equal(await database.execute(`UPDATE ${table} SET v = v + 1 WHERE v > 1`), 2);
      assert.equal(await database.execute(`SELECT * FROM ${table}`), 0);
      assert.equal(await database.execute(`DELETE FROM ${table}`), 3);
    },
  },
  {
    title: 'counts the rows a statement changed and returns',
    only: {
      engines: ['sqlite', 'postgres', 'pglite'],
      reason: 'MariaDB has no UPDATE … RETURNING and says of no statement that returns rows how many it changed',
    },
    async run({ database, dialect: { integer } }) {
      const table = await createTable(database, `id INTEGER PRIMARY KEY, v ${integer}`);
      assert.equal(await database.execute(`INSERT INTO ${table} VALUES (1, 1), (2, 2), (3, 3) RETURNING id`), 3);
      assert.equal(await database.execute(`UPDATE ${table} SET v = v + 1 WHERE v > 1 RETURNING id`), 2);
      assert.deepEqual(await database.query(`DELETE FROM ${table} WHERE id < 3 RETURNING id`), [{ id: 1 }, { id: 2 }]);
    },
  },
  {
    title: 'gives the first of many rows to queryOne',
    async run({ database, dialect: { integer } }) {
      assert.deepEqual(await database.queryOne('SELECT 1 AS a UNION ALL SELECT 2'), { a: 1 });
      const table = await createTable(database, `v ${integer}`);
      assert.deepEqual(await database.queryOne(`INSERT INTO ${table} VALUES (1), (2) RETURNING v`), { v: 1 });
      assert.deepEqual(await database.queryOne(`SELECT count(*) AS n FROM ${table}`), { n: 2 });
    },
  },
  {
    title: 'carries a result of ten thousand rows and a text of a megabyte',
    async run({ database, dialect: { sql, rows: rowsTo, textParameter } }) {
      const rows = await database.query<{ i: number }>(rowsTo(10_000));
      assert.equal(rows.length, 10_000);
      assert.deepEqual(rows.at(-1), { i: 10_000 });
      const text = 'ü'.repeat(500_000);
      assert.equal((await database.queryOne<{ v: string }>(sql(`SELECT ${textParameter} AS v`), [text]))?.v, text);
    },
  },
  {
    title: 'keeps a column whatever its name is',
    async run({ database, dialect: { quote } }) {
      const sql = `SELECT 1 AS ${quote('constructor')}, 2 AS ${quote('a b')}, 9223372036854775807 AS ${quote('data')}`;
      const row = await database.queryOne<Record<string, unknown>>(sql);
      assert.ok(row);
      assert.deepEqual(Object.entries(row), [
        ['constructor', 1],
        ['a b', 2],
        ['data', 9_223_372_036_854_775_807n],
      ]);
    },
  },
  {
    title: 'keeps a column called __proto__',
    only: { engines: ['sqlite', 'postgres', 'pglite'], reason: 'the driver of MariaDB refuses a column of that name' },
    async run({ database }) {
      const row = await database.queryOne<Record<string, unknown>>('SELECT 1 AS "__proto__"');
      assert.ok(row);
      assert.deepEqual(Object.entries(row), [['__proto__', 1]]);
    },
  },
  {
    title: 'sees a changed schema in a statement it has run before',
    async run({ database, dialect: { integer, text } }) {
      const table = await createTable(database, `a ${integer}`);
      await database.execute(`INSERT INTO ${table} VALUES (1)`);
      assert.deepEqual(await database.query(`SELECT * FROM ${table}`), [{ a: 1 }]);
      await database.execute(`ALTER TABLE ${table} ADD COLUMN b ${text} DEFAULT 'new'`);
      assert.deepEqual(await database.query(`SELECT * FROM ${table}`), [{ a: 1, b: 'new' }]);
    },
  },
];
