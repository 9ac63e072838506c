import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { Closers } from '../../src/orchestrator/closers.js';
import { parseConfig } from '../../src/orchestrator/config/parse-config.js';
import { createSecretStore } from '../../src/orchestrator/create-secret-store.js';
import type { OrchestratorConfigInput } from '../../src/orchestrator/index.js';
import { openBackends } from '../../src/orchestrator/open-backends.js';
import { PreviousValues } from '../../src/orchestrator/rotations/previous-values.js';
import type { ServiceConnection, WireObject } from '../../src/wire/index.js';
import { closersAfterEach } from '../support/closers.js';
import { mariadb, mariadbAnswers } from './mariadb-server.js';
import { postgresUrl } from './postgres-address.js';
import { describeWithPostgres } from './postgres-server.js';

type PoolInput = NonNullable<NonNullable<OrchestratorConfigInput['databases']>[string]['pool']>;

const mariadbUrl = `mysql://${mariadb.user}@${mariadb.host}:${mariadb.port}/${mariadb.database}`;
const endless = {
  SQLite: 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n',
  PostgreSQL: 'SELECT pg_sleep(30)',
  MariaDB: 'SELECT SLEEP(30)',
};
const engines = [
  ['SQLite', describe, (directory: string) => `sqlite:${join(directory, 'data.db')}`],
  ['PostgreSQL', await describeWithPostgres(), () => postgresUrl],
  ['MariaDB', (await mariadbAnswers()) ? describe : describe.skip, () => mariadbUrl],
] as const;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const closing = closersAfterEach();

/** Connections of modules to one database with that pool, as the orchestrator gives them. */
async function start(urlIn: (directory: string) => string, pool: PoolInput) {
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-limits-'));
  const redactor = new SecretRedactor();
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const logger = createLogger({ level: 'warn', redactor, write });
  const closers = new Closers(logger);
  closing.push(() => rm(directory, { recursive: true, force: true }));
  closing.push(() => closers.close());
  const config = parseConfig(
    {
      modules: { small: { command: 'x' }, other: { command: 'x' } },
      databases: { main: { url: urlIn(directory), pool } },
    },
    directory,
  );
  const { store } = await createSecretStore(config.secrets, { redactor, logger });
  const keepsNothing = { overlaps: new Map(), stateDirectory: undefined, redactor, logger };
  const { brokers } = await openBackends(config, store, new PreviousValues(keepsNothing), logger, closers);
  const broker = brokers.find(({ serviceType }) => serviceType === 'Database')!;
  const open = async (moduleId: string, typedValues = false) => {
    const connection = await broker.open({ moduleId, name: 'main', config: null, typedValues });
    closing.push(() => connection.close());
    return connection;
  };
  return Object.assign(open, { lines });
}

const run = (connection: ServiceConnection, operation: string, query: string, more: WireObject = {}) =>
  connection.call(operation, { query, params: [], ...more });
const table = async (connection: ServiceConnection) => {
  await run(connection, 'execute', 'DROP TABLE IF EXISTS module_limits');
  await run(connection, 'execute', 'CREATE TABLE module_limits (v INTEGER)');
  closing.push(() => run(connection, 'execute', 'DROP TABLE module_limits'));
};

for (const [engine, suite, url] of engines)
  suite(`the limits of a module that sends plain operations to ${engine}`, () => {
    it('keep it from the connections of others', async () => {
      const open = await start(url, { max: 4, modules: { small: { connections: 1, acquireTimeout: '500ms' } } });
      const [small, other] = [await open('small'), await open('other')];
      const transaction = await small.call('begin_transaction', {});
      await expect(run(small, 'query', 'SELECT 1 AS one')).rejects.toMatchObject({ code: 'POOL', retryable: true });
      expect(await run(other, 'query', 'SELECT 1 AS one')).toEqual([{ data: { one: 1 } }]);
      await small.call('transaction_rollback', { transaction_id: transaction });
      expect(await run(small, 'query', 'SELECT 1 AS one')).toEqual([{ data: { one: 1 } }]);
    });

    it('end a statement that runs too long, and no other of another module', async () => {
      const open = await start(url, { modules: { small: { statementTimeout: '200ms' } } });
      const small = await open('small');
      await expect(run(small, 'query', endless[engine])).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(await run(small, 'query', 'SELECT 1 AS one')).toEqual([{ data: { one: 1 } }]);
    });

    it('roll back a transaction that it leaves idle, so that others go on', async () => {
      const open = await start(url, { modules: { small: { idleInTransactionTimeout: '300ms' } } });
      const [small, other] = [await open('small'), await open('other')];
      await table(other);
      const begun = await small.call('begin_transaction', {});
      await run(small, 'transaction_execute', 'INSERT INTO module_limits VALUES (1)', { transaction_id: begun });
      await sleep(150);
      await run(small, 'transaction_execute', 'INSERT INTO module_limits VALUES (2)', { transaction_id: begun });
      await sleep(1_000);
      await run(other, 'execute', 'INSERT INTO module_limits VALUES (3)');
      await expect(small.call('transaction_commit', { transaction_id: begun })).rejects.toMatchObject({
        code: 'TRANSACTION',
        message: expect.stringContaining('was rolled back: '),
      });
      expect(await run(other, 'query', 'SELECT v FROM module_limits')).toEqual([{ data: { v: 3 } }]);
    });
  });

describe('the limits of a module whose TypeORM runs over sessions of SQLite', () => {
  const session = (connection: ServiceConnection, id = 1) => ({
    begin: (access = 'write') =>
      connection.call('session_begin', { session: id, access, timeout_ms: 5_000 }) as Promise<WireObject>,
    run: (query: string, timeoutMs = 5_000) =>
      connection.call('session_run', { session: id, query, timeout_ms: timeoutMs }) as Promise<WireObject>,
    release: () => connection.call('session_release', { session: id }),
  });
  const sqlite = engines[0][2];

  it('keep it from the connections of others, and say what it holds', async () => {
    const open = await start(sqlite, { max: 3, modules: { small: { connections: 1, acquireTimeout: '300ms' } } });
    const [small, other] = [await open('small', true), await open('other', true)];
    await session(small).begin('read');
    const refused = await session(small, 2).run('SELECT 1');
    expect(refused).toMatchObject({ state: 'idle', error: { code: 'POOL', retryable: true } });
    expect(refused['error']).toMatchObject({
      message: expect.stringMatching(/module 'small' waited \d+ ms .*holds 1 of the 1 .*hold 1 of 3/),
    });
    expect(await session(other).run('SELECT 1')).toMatchObject({ rows: [[1]] });
  });

  it('refuse what would wait beyond its queue', async () => {
    const open = await start(sqlite, { max: 2, modules: { small: { connections: 1, queue: 1 } } });
    const small = await open('small', true);
    await session(small).begin('read');
    const waiting = session(small, 2).run('SELECT 1');
    expect(await session(small, 3).run('SELECT 1')).toMatchObject({
      error: { code: 'POOL', message: expect.stringContaining("of module 'small' already wait") },
    });
    await session(small).run('COMMIT');
    expect(await waiting).toMatchObject({ rows: [[1]] });
  });

  it('end a statement that runs too long, whatever the module allows it', async () => {
    const open = await start(sqlite, { statementTimeout: '200ms' });
    const small = await open('small', true);
    expect(await session(small).run(endless.SQLite, 30_000)).toMatchObject({ error: { code: 'TIMEOUT' } });
  });

  it('roll back a transaction that it leaves idle, tell it, and let others write', async () => {
    const open = await start(sqlite, { modules: { small: { idleInTransactionTimeout: '300ms' } } });
    const [small, other] = [await open('small', true), await open('other', true)];
    await table(other);
    await session(small).begin();
    await session(small).run('INSERT INTO module_limits VALUES (1)');
    const written = await session(other).run('INSERT INTO module_limits VALUES (2)');
    expect(written).toMatchObject({ changes: 1 });
    expect(await session(small).run('COMMIT')).toMatchObject({
      state: 'idle',
      error: { code: 'TIMEOUT', message: expect.stringMatching(/^database 'main': a transaction was idle for \d+ ms/) },
    });
    expect(await session(small).run('SELECT v FROM module_limits')).toMatchObject({ rows: [[2]] });
    expect(open.lines).toMatchObject([{ module: 'small', database: 'main', msg: 'a transaction was rolled back' }]);
  });

  it('do not make a write that has its turn wait for reads of its own module, and others with it', async () => {
    const open = await start(sqlite, { max: 3, acquireTimeout: '3s', modules: { small: { connections: 1 } } });
    const [small, other] = [await open('small', true), await open('other', true)];
    await table(other);
    await session(small, 1).begin('read');
    expect(await session(small, 2).run('INSERT INTO module_limits VALUES (1)')).toMatchObject({ changes: 1 });
    expect(await session(other).run('INSERT INTO module_limits VALUES (2)')).toMatchObject({ changes: 1 });
    await session(small, 1).run('COMMIT');
  });

  it('give each module its turn to write, however many writes of another wait', async () => {
    const open = await start(sqlite, {});
    const [small, other] = [await open('small', true), await open('other', true)];
    await table(other);
    await session(small).begin();
    const order: string[] = [];
    const write = (connection: ServiceConnection, name: string, id: number) =>
      session(connection, id)
        .run('INSERT INTO module_limits VALUES (1)')
        .then(() => order.push(name));
    const writes = Array.from({ length: 100 }, (_, at) => write(small, 'small', 100 + at));
    writes.push(write(other, 'other', 1));
    await session(small).run('COMMIT');
    await Promise.all(writes);
    expect(order.indexOf('other')).toBeLessThan(5);
  });
});
