import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseBroker, type DirectDatabase, openDatabase } from '../../src/database/index.js';
import type { ServiceConnection, WireObject } from '../../src/wire/index.js';
import { assertFails, atOnce } from '../contract/database/database-case.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';

/** Which somebody has to end. */
const endlessRows = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n';

let directory: string;
let database: DirectDatabase;
let connection: ServiceConnection;

const connect = (typedValues = true) =>
  new DatabaseBroker(() => database, silentLogger).open({
    moduleId: 'orders',
    name: 'main',
    config: null,
    typedValues,
  });
const run = (query: string, more: WireObject = {}) =>
  connection.call('session_run', { session: 1, query, timeout_ms: 5_000, ...more });
const begin = () => connection.call('session_begin', { session: 1, access: 'write', timeout_ms: 5_000 });
const release = () => connection.call('session_release', { session: 1 });
const insert = () => atOnce(database.execute('INSERT INTO t VALUES (2)'));

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-sessions-'));
  database = await openDatabase({ url: `sqlite:${join(directory, 'data.db')}`, name: 'main' });
  await database.execute('CREATE TABLE t (v)');
  connection = await connect();
});

afterEach(async () => {
  await connection.close();
  await database.close();
  await rm(directory, { recursive: true });
});

describe('a SQLite session of a module', () => {
  it('answers with columns once, rows as arrays, and what the session holds', async () => {
    expect(await run('SELECT 1 AS a, ? AS b UNION ALL SELECT 2, NULL', { params: ['x'] })).toMatchObject({
      state: 'idle',
      columns: ['a', 'b'],
      rows: [
        [1, 'x'],
        [2, null],
      ],
    });
    expect(await begin()).toMatchObject({ state: 'transaction' });
    expect(await run('INSERT INTO t VALUES (1)')).toMatchObject({ state: 'transaction', changes: 1, last_row: 1 });
    expect(await run('INSERT INTO nowhere VALUES (1)')).toMatchObject({
      state: 'transaction',
      failure: { name: 'SqliteError', code: 'SQLITE_ERROR', message: 'no such table: nowhere' },
    });
    expect(await run('COMMIT')).toMatchObject({ state: 'idle' });
    expect(await run('PRAGMA foreign_keys = OFF')).toMatchObject({ state: 'pinned' });
  });

  it('is rolled back when the module lets go of it, or of the connection', async () => {
    await begin();
    await run('INSERT INTO t VALUES (1)');
    await release();
    await insert();
    await begin();
    await run('INSERT INTO t VALUES (1)');
    await connection.close();
    await insert();
    expect(await database.query('SELECT v FROM t')).toEqual([{ v: 2 }, { v: 2 }]);
    await assertFails(run('SELECT 1'), 'CLOSED');
  });

  it.each([
    ['let go of', () => release()],
    ['closed', () => connection.close()],
  ])('does not keep the lock it still waited for when it was %s', async (_how, end) => {
    const holder = await database.beginTransaction();
    const beginning = begin();
    await database.ping();
    await end();
    await holder.commit();
    await beginning.catch(() => undefined);
    await expect(insert()).resolves.toBe(1);
  });

  it('ends a statement that its caller gave up, and tells that the transaction is gone', async () => {
    await begin();
    const caller = new AbortController();
    const query = { session: 1, query: endlessRows, timeout_ms: 30_000 };
    const running = connection.call('session_run', query, { signal: caller.signal });
    await database.ping();
    caller.abort();
    expect(await running).toMatchObject({ state: 'idle', error: { code: 'ABORTED' } });
    await insert();
  });

  it('does not let go of settings to the next', async () => {
    await run('PRAGMA foreign_keys = OFF');
    expect(await run('PRAGMA foreign_keys')).toMatchObject({ rows: [[0]] });
    await release();
    expect(await database.query('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }]);
    expect(await run('PRAGMA foreign_keys')).toMatchObject({ rows: [[1]] });
  });

  it('is not for plain peers, and refuses what it cannot read', async () => {
    const plain = await connect(false);
    await assertFails(plain.call('session_run', { session: 1, query: 'SELECT 1', timeout_ms: 1 }), 'SERIALIZATION');
    await plain.close();
    for (const call of [null, {}, { session: 'x' }, { session: 1, query: 5 }, { session: 1, query: 'SELECT 1' }])
      await assertFails(connection.call('session_run', call), 'SERIALIZATION');
    await assertFails(connection.call('session_release', {}), 'SERIALIZATION');
  });
});
