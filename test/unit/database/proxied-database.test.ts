import { describe, expect, it } from '@jest/globals';
import { ProxiedDatabase } from '../../../src/database/index.js';
import { PyWattError, WireError } from '../../../src/foundation/index.js';
import { assertFails } from '../../contract/database/database-case.js';
import { ScriptedConnection } from './scripted-connection.js';

const lost = new WireError('CHANNEL_CLOSED', 'the orchestrator went away', { retryable: true });
const unsent = new WireError('CHANNEL_CLOSED', 'gone', { retryable: true, details: { sent: false } });
const late = new WireError('CALL_TIMEOUT', 'no answer within 100 ms', { retryable: true });

describe('a proxied database', () => {
  it('asks in the forms of the protocol', async () => {
    const connection = new ScriptedConnection({ execute: 2, query: [{ data: { a: 1 } }], query_one: null });
    const database = new ProxiedDatabase('main', connection);
    expect(
      await database.execute('UPDATE t SET a = ?', [5n, Uint8Array.of(1)], { timeout: '1s', readOnly: true }),
    ).toBe(2);
    expect(await database.query('SELECT a FROM t')).toEqual([{ a: 1 }]);
    expect(await database.queryOne('SELECT a FROM t')).toBeNull();
    await database.close();
    expect(connection.calls.map(({ operation, params }) => [operation, params])).toEqual([
      [
        'execute',
        {
          query: 'UPDATE t SET a = ?',
          params: ['5', 'AQ=='],
          types: ['i64', 'bytes'],
          timeout_ms: 1000,
          read_only: true,
        },
      ],
      ['query', { query: 'SELECT a FROM t', params: [] }],
      ['query_one', { query: 'SELECT a FROM t', params: [] }],
      ['connection closed', null],
    ]);
  });

  it('waits a little longer than the statement may take, so that the broker can tell', async () => {
    const connection = new ScriptedConnection({ query: [] });
    await new ProxiedDatabase('main', connection).query('SELECT 1', [], { timeout: '1s' });
    expect(connection.calls[0]?.options?.timeoutMs).toBeGreaterThan(1_000);
    expect(connection.calls[0]?.options?.timeoutMs).toBeLessThan(10_000);
  });

  it('sends no types to a plain peer and understands its rows', async () => {
    const connection = new ScriptedConnection({ query: [{ data: { a: 'AQ==' }, more: 1 }] }, false, {});
    const database = new ProxiedDatabase('main', connection);
    expect(await database.query('SELECT ?', [Uint8Array.of(1)])).toEqual([{ a: 'AQ==' }]);
    expect(connection.calls[0]?.params).toEqual({ query: 'SELECT ?', params: ['AQ=='] });
    expect(() => database.type).toThrow(/engine/);
  });

  it('fails as the direct database would: same class, code, message and details', async () => {
    const theirs = new PyWattError('database', 'QUERY', 'UNIQUE constraint failed', {
      details: { driverCode: 'SQLITE_CONSTRAINT_UNIQUE' },
    });
    const failure = await assertFails(
      new ProxiedDatabase('main', new ScriptedConnection({ execute: theirs })).execute('INSERT'),
      'QUERY',
    );
    expect(failure).toMatchObject({
      message: 'UNIQUE constraint failed',
      details: { driverCode: 'SQLITE_CONSTRAINT_UNIQUE' },
      retryable: false,
    });
  });

  it.each([
    ['was lost with the channel', lost, 'CONNECTION'],
    ['did not come in time', late, 'TIMEOUT'],
  ])('says of a statement whose answer %s whether it may be made again', async (_name, error, code) => {
    const answers = { execute: error, query: error, stream_open: error, begin_transaction: 'tx-1' };
    const database = new ProxiedDatabase('main', new ScriptedConnection({ ...answers, transaction_execute: error }));
    for (const sql of [
      'INSERT INTO t VALUES (1)',
      'CALL p()',
      '/* */ WITH a AS (DELETE FROM t) SELECT 1',
      'TRUNCATE t',
    ]) {
      const failures = [
        await assertFails(database.execute(sql), 'OUTCOME_UNKNOWN'),
        await assertFails(database.query(sql), 'OUTCOME_UNKNOWN'),
        await assertFails(database.stream(sql)[Symbol.asyncIterator]().next() as Promise<unknown>, 'OUTCOME_UNKNOWN'),
      ];
      for (const failure of failures) expect(failure).toMatchObject({ retryable: false, cause: error });
    }
    for (const sql of ['-- all\nselect 1', 'WITH a AS (SELECT 1) SELECT * FROM a', '(VALUES (1))'])
      expect((await assertFails(database.query(sql), code)).retryable).toBe(true);
    const tx = await database.beginTransaction();
    expect((await assertFails(tx.execute('INSERT INTO t VALUES (1)'), code)).retryable).toBe(true);
  });

  it('says that a statement which was never sent may be made again', async () => {
    const database = new ProxiedDatabase('main', new ScriptedConnection({ execute: unsent }));
    expect((await assertFails(database.execute('INSERT INTO t VALUES (1)'), 'CONNECTION')).retryable).toBe(true);
  });

  it.each([
    ['BACKPRESSURE', new WireError('BACKPRESSURE', 'full'), 'POOL'],
    ['LINE_TOO_LONG', new WireError('LINE_TOO_LONG', 'long'), 'SERIALIZATION'],
    ['PEER_REFUSED', new WireError('PEER_REFUSED', 'no'), 'QUERY'],
  ])('turns %s of the wire into a DatabaseError that nobody retries blindly', async (_name, error, code) => {
    const failure = await assertFails(
      new ProxiedDatabase('main', new ScriptedConnection({ execute: error })).execute('INSERT'),
      code,
    );
    expect(failure.retryable).toBe(false);
    expect(failure.message).toContain("'main'");
  });

  it('keeps ACCESS_DENIED', async () => {
    const denied = new PyWattError('database', 'ACCESS_DENIED', 'not granted');
    await assertFails(
      new ProxiedDatabase('main', new ScriptedConnection({ query: denied })).query('SELECT 1'),
      'ACCESS_DENIED',
    );
  });

  it.each([
    ['was lost with the channel', lost],
    ['did not come in time', late],
  ])('does not know the outcome of a commit whose answer %s', async (_name, error) => {
    const database = new ProxiedDatabase(
      'main',
      new ScriptedConnection({ begin_transaction: 'tx-1', transaction_commit: error }),
    );
    const tx = await database.beginTransaction();
    const failure = await assertFails(tx.commit(), 'OUTCOME_UNKNOWN');
    expect(failure.retryable).toBe(false);
    await assertFails(tx.commit(), 'TRANSACTION');
    await assertFails(
      database.transaction(async () => 'done'),
      'OUTCOME_UNKNOWN',
    );
  });

  it('knows the outcome of a commit that the orchestrator refused', async () => {
    const refused = new PyWattError('database', 'QUERY', 'FOREIGN KEY constraint failed');
    const connection = new ScriptedConnection({ begin_transaction: 'tx-1', transaction_commit: refused });
    const tx = await new ProxiedDatabase('main', connection).beginTransaction();
    await assertFails(tx.commit(), 'QUERY');
  });

  it('tells the broker when a signal ended a statement of a transaction', async () => {
    const abort = new AbortController();
    const connection = new ScriptedConnection({ begin_transaction: 'tx-1', transaction_query: new Error('never') });
    const tx = await new ProxiedDatabase('main', connection).beginTransaction({
      readOnly: true,
      timeout: '5s',
      idleTimeout: '2s',
    });
    abort.abort();
    await assertFails(tx.query('SELECT 1', [], { signal: abort.signal }), 'ABORTED');
    await assertFails(tx.query('SELECT 1'), 'TRANSACTION');
    expect(connection.calls.map(({ operation, params }) => [operation, params])).toEqual([
      ['begin_transaction', { read_only: true, timeout_ms: 5000, idle_timeout_ms: 2000 }],
      ['transaction_rollback', { transaction_id: 'tx-1' }],
    ]);
  });

  it.each([
    ['an object as the count of rows', 'execute', {}],
    ['rows that are no list', 'query', {}],
    ['a row without data', 'query', [{ a: 1 }]],
    ['no transaction id', 'begin_transaction', null],
  ])('refuses an answer with %s', async (_name, operation, answer) => {
    const database = new ProxiedDatabase('main', new ScriptedConnection({ [operation]: answer }));
    const call =
      operation === 'execute'
        ? database.execute('x')
        : operation === 'query'
          ? database.query('x')
          : database.beginTransaction();
    await assertFails(call, 'SERIALIZATION');
  });
});
