import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseBroker, type DirectDatabase, openDatabase } from '../../src/database/index.js';
import type { ServiceConnection } from '../../src/wire/index.js';
import { atOnce, assertFails } from '../contract/database/database-case.js';
import { dialects } from '../contract/database/dialect.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { overLines } from '../unit/wire/over-lines.js';

let directory: string;
let database: DirectDatabase;

async function connect(typedValues = true): Promise<ServiceConnection> {
  return new DatabaseBroker(() => database, silentLogger).open({
    moduleId: 'orders',
    name: 'main',
    config: null,
    typedValues,
  });
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-broker-'));
  database = await openDatabase({ url: `sqlite:${join(directory, 'data.db')}`, name: 'main' });
  await database.execute('CREATE TABLE t (v)');
});

afterEach(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

describe('a connection of a module to the database broker', () => {
  it('tells what the database is', async () => {
    const { info } = await connect();
    expect(info).toEqual({
      type: 'sqlite',
      engine: 'sqlite',
      description: database.description,
      singleConnection: false,
      singleWriter: true,
    });
  });

  it('speaks the plain forms of the protocol with a plain peer', async () => {
    const connection = await connect(false);
    expect(
      await connection.call('execute', { query: 'INSERT INTO t VALUES (?), (?), (?)', params: [1, true, 'x'] }),
    ).toBe(3);
    expect(await connection.call('query', { query: 'SELECT v FROM t', params: [] })).toEqual([
      { data: { v: 1 } },
      { data: { v: 1 } },
      { data: { v: 'x' } },
    ]);
    expect(await connection.call('query_one', { query: 'SELECT v FROM t WHERE v = ?', params: ['none'] })).toBeNull();
    expect(
      overLines(
        await connection.call('query_one', { query: "SELECT x'00ff' AS b, 9007199254740993 AS i", params: [] }),
      ),
    ).toEqual({
      data: { b: 'AP8=', i: 9_007_199_254_740_993n },
    });
    const id = await connection.call('begin_transaction', {});
    expect(typeof id).toBe('string');
    expect(
      await connection.call('transaction_execute', { transaction_id: id, query: 'DELETE FROM t', params: [] }),
    ).toBe(3);
    expect(
      await connection.call('transaction_query', { transaction_id: id, query: 'SELECT v FROM t', params: [] }),
    ).toEqual([]);
    expect(await connection.call('transaction_rollback', { transaction_id: id })).toBeNull();
    expect(await connection.call('ping', {})).toBeNull();
    expect(await connection.call('close', {})).toBeNull();
    await assertFails(connection.call('ping', {}), 'CLOSED');
    await expect(database.query('SELECT count(*) AS n FROM t')).resolves.toEqual([{ n: 3 }]);
  });

  it('rolls back what the module left open when it closes, and gives the lock back', async () => {
    const connection = await connect();
    const id = await connection.call('begin_transaction', {});
    await connection.call('transaction_execute', { transaction_id: id, query: 'INSERT INTO t VALUES (1)', params: [] });
    await connection.close();
    await connection.close();
    await expect(atOnce(database.execute('INSERT INTO t VALUES (2)'))).resolves.toBe(1);
    await expect(database.query('SELECT v FROM t')).resolves.toEqual([{ v: 2 }]);
  });

  it('ends a statement that still runs when it closes', async () => {
    const connection = await connect();
    const id = await connection.call('begin_transaction', {});
    const running = assertFails(
      connection.call('transaction_query', { transaction_id: id, query: dialects.sqlite.endless('n'), params: [] }),
      'ABORTED',
    );
    await database.ping();
    await connection.close();
    await running;
    await expect(atOnce(database.execute('INSERT INTO t VALUES (2)'))).resolves.toBe(1);
  });

  it('rolls back a transaction that began while the connection closed', async () => {
    const connection = await connect();
    const holder = await database.beginTransaction();
    const beginning = assertFails(connection.call('begin_transaction', {}), 'CLOSED');
    await database.ping();
    await connection.close();
    await holder.commit();
    await beginning;
    await expect(atOnce(database.execute('INSERT INTO t VALUES (2)'))).resolves.toBe(1);
  });

  it('ends a statement that its caller gave up, and the transaction it stood in', async () => {
    const connection = await connect();
    const id = await connection.call('begin_transaction', {});
    const caller = new AbortController();
    const running = assertFails(
      connection.call(
        'transaction_query',
        { transaction_id: id, query: dialects.sqlite.endless('n'), params: [] },
        { signal: caller.signal },
      ),
      'ABORTED',
    );
    await database.ping();
    caller.abort();
    await running;
    await expect(atOnce(database.execute('INSERT INTO t VALUES (2)'))).resolves.toBe(1);
    await assertFails(connection.call('transaction_commit', { transaction_id: id }), 'TRANSACTION');
    await connection.close();
  });

  it('rolls back a transaction that nobody waited for when its turn came', async () => {
    const connection = await connect();
    const holder = await database.beginTransaction();
    const caller = new AbortController();
    const beginning = connection.call('begin_transaction', {}, { signal: caller.signal });
    await database.ping();
    caller.abort(new Error('enough'));
    await holder.commit();
    await expect(beginning).rejects.toThrow('enough');
    await expect(atOnce(database.execute('INSERT INTO t VALUES (2)'))).resolves.toBe(1);
    await connection.close();
  });

  it('does not see the transactions of another connection', async () => {
    const [one, two] = [await connect(), await connect()];
    const id = await one.call('begin_transaction', {});
    await assertFails(
      two.call('transaction_execute', { transaction_id: id, query: 'DELETE FROM t', params: [] }),
      'TRANSACTION',
    );
    await assertFails(two.call('transaction_rollback', { transaction_id: id }), 'TRANSACTION');
    await one.call('transaction_commit', { transaction_id: id });
    await assertFails(one.call('transaction_commit', { transaction_id: id }), 'TRANSACTION');
    await one.close();
  });

  it('refuses operations and params it cannot read', async () => {
    const connection = await connect();
    for (const [operation, params] of [
      ['drop_everything', {}],
      ['__proto__', {}],
      ['query', null],
      ['query', { params: [] }],
      ['query', { query: 'SELECT 1', params: 'x' }],
      ['query', { query: 'SELECT ?', params: [1], types: [] }],
      ['query', { query: 'SELECT ?', params: ['x'], types: ['i64'] }],
      ['query', { query: 'SELECT 1', params: [], timeout_ms: 'soon' }],
      ['transaction_commit', {}],
    ] as const) {
      await assertFails(connection.call(operation, params), 'SERIALIZATION');
    }
  });
});
