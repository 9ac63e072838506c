import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlitePool } from '../../src/database/sqlite/sqlite-pool.js';
import { StatementLimit } from '../../src/database/statement-limit.js';
import { until } from './orchestrator-fixture.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-sqlite-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('connections to a SQLite file that nobody uses are closed after the idleTimeout, but for the last one', async () => {
  const path = join(directory, 'data.db');
  const waits = { acquireTimeoutMs: 10_000, busyTimeoutMs: 10_000, closeTimeoutMs: 10_000 };
  const pool = new SqlitePool({ database: 'main', path, maxConnections: 4, idleTimeoutMs: 50, ...waits });
  const lease = () => pool.lease(new StatementLimit(10_000));
  try {
    const held = [await lease(), await lease(), await lease(), await lease()];
    held.pop()!.release();
    await until(() => pool.size === 3, 'the one that is not used is closed');
    for (const one of held) one.release();
    await until(() => pool.size === 1, 'all but one are closed');
    const again = await lease();
    const statement = { sql: 'SELECT 1', params: [], access: 'read' } as const;
    expect(await again.connection.run(statement, new StatementLimit(10_000))).toMatchObject({ kind: 'done' });
    again.release();
  } finally {
    await pool.close();
  }
  expect(pool.size).toBe(0);
});
