import assert from 'node:assert/strict';
import type { SqlValue } from '../../../src/database/index.js';
import { createTable, type DatabaseCase } from './database-case.js';

const typed = {
  engines: ['postgres', 'pglite', 'mariadb'],
  reason: 'a column of SQLite has no type of its own',
} as const;

interface TypedValue {
  readonly postgres: string;
  readonly mariadb: string;
  readonly values: readonly (readonly [value: SqlValue, stored?: unknown])[];
}

const columns: readonly TypedValue[] = [
  { postgres: 'smallint', mariadb: 'smallint', values: [[null], [-32_768], [32_767]] },
  { postgres: 'integer', mariadb: 'int', values: [[0], [-2_147_483_648], [2_147_483_647], [7n, 7]] },
  {
    postgres: 'bigint',
    mariadb: 'bigint',
    values: [
      [Number.MAX_SAFE_INTEGER],
      [9_007_199_254_740_993n],
      [9_223_372_036_854_775_807n],
      [-9_223_372_036_854_775_808n],
    ],
  },
  { postgres: 'numeric(20, 5)', mariadb: 'decimal(20, 5)', values: [['123456789012345.12345'], ['-0.10000']] },
  { postgres: 'double precision', mariadb: 'double', values: [[0.1], [1e300], [2 ** 60], [5e-324]] },
  {
    postgres: 'text',
    mariadb: 'text',
    values: [
      [''],
      ['007'],
      ['AP8='],
      ['Grüße, 你好, שלום, 👩‍👩‍👧, \u2028'],
      [`'";--\r\n\t\\`],
      [{ a: [1, { b: null }], ü: '"' }, '{"a":[1,{"b":null}],"ü":"\\""}'],
    ],
  },
  { postgres: 'date', mariadb: 'date', values: [['2025-03-14'], ['1000-01-01']] },
  {
    postgres: 'timestamptz(3)',
    mariadb: 'datetime(3)',
    values: [[new Date('2025-03-14T02:33:33.906Z')], [new Date('2025-10-26T01:30:00.000Z')]],
  },
];

export const typedValueCases: readonly DatabaseCase[] = columns.map((column) => ({
  title: `stores values of type ${column.postgres} (MariaDB: ${column.mariadb}) without loss`,
  only: typed,
  async run({ database, dialect: { sql, engine } }) {
    const type = engine === 'mariadb' ? column.mariadb : column.postgres;
    const table = await createTable(database, `id INTEGER PRIMARY KEY, v ${type}`);
    for (const [id, [value, stored = value]] of column.values.entries()) {
      assert.equal(await database.execute(sql(`INSERT INTO ${table} (id, v) VALUES (?, ?)`), [id, value]), 1);
      const row = await database.queryOne(sql(`SELECT v FROM ${table} WHERE id = ?`), [id]);
      assert.deepEqual(row, { v: stored });
    }
  },
}));
