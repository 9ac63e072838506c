import { describe, expect, it } from '@jest/globals';
import { DatabaseCaller } from '../../../../src/database/database-caller.js';
import { RemoteSqliteSession } from '../../../../src/database/sqlite/remote-sqlite-session.js';
import { StatementLimit } from '../../../../src/database/statement-limit.js';
import { WireError } from '../../../../src/foundation/index.js';
import { assertFails } from '../../../contract/database/database-case.js';
import { type Answer, ScriptedConnection } from '../scripted-connection.js';

const limit = new StatementLimit(10_000);
const done = { state: 'transaction', changes: 0, last_row: 0 };
const lost = new WireError('CHANNEL_CLOSED', 'the orchestrator went away');

function sessionOn(answers: Readonly<Record<string, Answer>>) {
  const connection = new ScriptedConnection(answers);
  const session = new RemoteSqliteSession(new DatabaseCaller('main', connection), 7);
  const run = (sql: string) => session.run({ sql, params: [], limit });
  return { session, run, operations: () => connection.calls.map(({ operation }) => operation) };
}

describe('a SQLite session over the wire', () => {
  it('costs no call to begin or to end while it holds nothing', async () => {
    const { session, run, operations } = sessionOn({ session_run: { state: 'idle', changes: 1, last_row: 5 } });
    await expect(run('INSERT')).resolves.toMatchObject({ changes: 1, lastInsertRowid: 5, hasRows: false });
    session.release();
    await assertFails(run('SELECT 1'), 'CLOSED');
    expect(operations()).toEqual(['session_run']);
  });

  it('tells the orchestrator when it lets go of a transaction, once', async () => {
    const { session, operations } = sessionOn({ session_begin: done });
    await session.begin('write', limit);
    expect(session.inTransaction).toBe(true);
    session.release();
    session.release();
    expect(session.inTransaction).toBe(false);
    expect(operations()).toEqual(['session_begin', 'session_release']);
  });

  it('does not know the outcome of a commit whose answer was lost', async () => {
    const { session, run } = sessionOn({ session_begin: done, session_run: lost });
    await session.begin('write', limit);
    const failure = await assertFails(run('COMMIT'), 'OUTCOME_UNKNOWN');
    expect(failure.retryable).toBe(false);
    expect(session.inTransaction).toBe(false);
  });

  it('lets go of a transaction in which the answer to another statement was lost', async () => {
    const { session, run, operations } = sessionOn({ session_begin: done, session_run: lost });
    await session.begin('write', limit);
    await assertFails(run('INSERT'), 'CONNECTION');
    expect(session.inTransaction).toBe(false);
    expect(operations()).toEqual(['session_begin', 'session_run', 'session_release']);
  });

  it('does not know the outcome of a change outside a transaction whose answer was lost, and may repeat what only reads', async () => {
    const { run } = sessionOn({ session_run: lost });
    const failure = await assertFails(run('INSERT INTO t VALUES (1)'), 'OUTCOME_UNKNOWN');
    expect(failure).toMatchObject({ retryable: false, cause: lost });
    await assertFails(run('SELECT 1'), 'CONNECTION');
  });

  it("gives the engine's errors and the orchestrator's as they were", async () => {
    const failure = { name: 'SqliteError', message: 'no such table: t', code: 'SQLITE_ERROR' };
    await expect(sessionOn({ session_run: { state: 'idle', failure } }).run('SELECT 1')).rejects.toMatchObject(failure);
    const error = { code: 'TIMEOUT', message: 'too late', retryable: true, details: { timeoutMs: 5 } };
    await expect(sessionOn({ session_run: { state: 'idle', error } }).run('SELECT 1')).rejects.toMatchObject(error);
  });

  it.each([
    null,
    { state: 'idle' },
    { state: 'idle', changes: 0, rows: [[1]], types: [[3, 0, 'i64']], columns: ['a'] },
  ])('refuses the answer %j', async (answer) => {
    await assertFails(sessionOn({ session_run: answer }).run('SELECT 1'), 'SERIALIZATION');
  });
});
