import { describe, expect, it } from '@jest/globals';
import { busyTimeoutIn, setsConnectionState, setsForeignKeys } from '../../../../src/database/sqlite/statement-kind.js';

describe('what a statement of SQLite sets on its connection', () => {
  it.each([
    'PRAGMA foreign_keys = OFF',
    'pragma foreign_keys(0)',
    '/* x */ -- y\n;PRAGMA main . "foreign_keys" = 0',
    'EXPLAIN QUERY PLAN PRAGMA query_only(1)',
    'PRAGMA locking_mode(exclusive)',
    'CREATE/**/TEMP TABLE t (a)',
    'create temporary view v as select 1',
    'CREATE TABLE temp.t (a)',
    'CREATE TABLE IF NOT EXISTS "temp" . t (a)',
    'CREATE UNIQUE INDEX temp.i ON t (a)',
    "ATTACH 'x' AS y",
  ])('is found in %s', (sql) => {
    expect(setsConnectionState(sql)).toBe(true);
  });

  it.each([
    'PRAGMA foreign_keys',
    'PRAGMA "main".table_xinfo("a")',
    'PRAGMA index_list("a = 1")',
    'PRAGMA wal_checkpoint(TRUNCATE)',
    'CREATE TABLE temperature (temp text)',
    'CREATE TABLE t AS SELECT * FROM temp.u',
    "INSERT INTO t VALUES ('PRAGMA a = 1')",
    '/* CREATE TEMP TABLE t (a) */ SELECT 1',
  ])('is nothing in %s', (sql) => {
    expect(setsConnectionState(sql)).toBe(false);
  });

  it('is linear in what it reads', () => {
    const started = process.cpuUsage().user;
    for (const piece of [' ', '--', '/*', '/**/', '--\n', ';', 'a ', '"', 'temp '])
      setsConnectionState(`PRAGMA${piece.repeat(50_000)}`);
    expect(process.cpuUsage().user - started).toBeLessThan(2_000_000);
  });
});

it.each([
  ['PRAGMA busy_timeout', 'asked'],
  ['/* x */ pragma "main".busy_timeout ;', 'asked'],
  ['PRAGMA busy_timeout = 2000', 2_000],
  ['PRAGMA busy_timeout(20)', 20],
  ['PRAGMA busy_timeout = -5;', 0],
  ['PRAGMA busy_timeout = 99999999999', 2 ** 31 - 1],
  ['PRAGMA busy_timeout; SELECT 1', undefined],
  ["SELECT 'PRAGMA busy_timeout'", undefined],
])('the time to wait for locks in %s is %s', (sql, expected) => {
  expect(busyTimeoutIn(sql)).toBe(expected);
});

it.each([
  ['PRAGMA foreign_keys = OFF', true],
  ['/* x */ -- y\n;PRAGMA main . "foreign_keys" (0)', true],
  ['PRAGMA foreign_keys', false],
  ['PRAGMA defer_foreign_keys = ON', false],
  ['PRAGMA cache_size = 7', false],
])('whether foreign keys are set in %s is %s', (sql, expected) => {
  expect(setsForeignKeys(sql)).toBe(expected);
});
