import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlitePool } from '../../src/database/sqlite/sqlite-pool.js';
import { SqliteSession } from '../../src/database/sqlite/sqlite-session.js';
import { StatementLimit } from '../../src/database/statement-limit.js';
import { until } from './orchestrator-fixture.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-sqlite-'));
});
afterEach(() => rm(directory, { recursive: true }));

const waits = { acquireTimeoutMs: 10_000, busyTimeoutMs: 10_000, closeTimeoutMs: 10_000 };
const limit = () => new StatementLimit(10_000);

it('a connection stays open when its foreign keys were turned off, and closes after any other setting', async () => {
  const path = join(directory, 'data.db');
  const pool = new SqlitePool({ database: 'main', path, maxConnections: 1, idleTimeoutMs: 60_000, ...waits });
  const next = async () => {
    const lease = await pool.lease(limit());
    lease.release();
    return lease.connection;
  };
  const after = async (...sqls: string[]) => {
    const session = new SqliteSession(pool);
    const run = (sql: string) => session.run({ sql, params: [], limit: limit() });
    for (const sql of sqls) await run(sql);
    session.release();
    return next();
  };
  try {
    const first = await next();
    expect(await after('PRAGMA foreign_keys = OFF')).toBe(first);
    const asked = await first.run({ sql: 'PRAGMA foreign_keys', params: [], access: 'read' }, limit());
    expect(asked).toMatchObject({ kind: 'done', result: { rows: [[1]] } });
    expect(await after('PRAGMA cache_size = 7', 'PRAGMA foreign_keys = OFF')).not.toBe(first);
  } finally {
    await pool.close();
  }
});

it('connections to a SQLite file that nobody uses are closed after the idleTimeout, but for the last one', async () => {
  const path = join(directory, 'data.db');
  const pool = new SqlitePool({ database: 'main', path, maxConnections: 4, idleTimeoutMs: 50, ...waits });
  const lease = () => pool.lease(limit());
  try {
    const held = [await lease(), await lease(), await lease(), await lease()];
    held.pop()!.release();
    await until(() => pool.size === 3, 'the one that is not used is closed');
    for (const one of held) one.release();
    await until(() => pool.size === 1, 'all but one are closed');
    const again = await lease();
    const statement = { sql: 'SELECT 1', params: [], access: 'read' } as const;
    expect(await again.connection.run(statement, limit())).toMatchObject({ kind: 'done' });
    again.release();
  } finally {
    await pool.close();
  }
  expect(pool.size).toBe(0);
});

it('a SQLite file that is removed or replaced is opened anew: nothing more is written to the one that is gone', async () => {
  const path = join(directory, 'data.db');
  const open = () => new SqlitePool({ database: 'main', path, maxConnections: 4, idleTimeoutMs: 60_000, ...waits });
  const removed = async () => {
    for (const end of ['', '-wal', '-shm']) await rm(`${path}${end}`, { force: true });
  };
  let pool = open();
  const run = async (sql: string) => {
    const session = new SqliteSession(pool);
    try {
      return (await session.run({ sql, params: [], limit: limit() })).rows;
    } finally {
      session.release();
    }
  };
  try {
    const leases = await Promise.all([pool.lease(limit()), pool.lease(limit()), pool.lease(limit())]);
    for (const lease of leases) lease.release();
    await run('CREATE TABLE t (v)');
    await removed();
    await expect(run('INSERT INTO t VALUES (1)')).rejects.toMatchObject({ message: 'no such table: t' });
    await run('CREATE TABLE t (v)');
    await run('INSERT INTO t VALUES (2)');
    await rename(path, `${path}.kept`);
    await removed();
    await run('CREATE TABLE t (v)');
    await run('INSERT INTO t VALUES (3)');
    await pool.close();
    pool = open();
    expect(await run('SELECT v FROM t')).toEqual([[3]]);
  } finally {
    await pool.close();
  }
});

it('the last connection of a pool closes when the others have, since only then is the log written back into the file', async () => {
  const path = join(directory, 'data.db');
  const pool = new SqlitePool({ database: 'main', path, maxConnections: 4, idleTimeoutMs: 60_000, ...waits });
  const leases = [await pool.lease(limit()), await pool.lease(limit()), await pool.lease(limit())];
  const events: string[] = [];
  for (const lease of leases) {
    const { connection } = lease;
    const close = connection.close.bind(connection);
    connection.close = async (patienceMs) => {
      events.push('begins');
      await close(patienceMs);
      events.push('ended');
    };
    lease.release();
  }
  await leases.at(-1)!.connection.settled;
  await pool.close();
  expect(events.slice(-3)).toEqual(['ended', 'begins', 'ended']);
  expect(await readdir(directory)).toEqual(['data.db']);
});
