import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { type Database, Injectable, InjectDatabase, Module } from '@pywatt/sdk';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import type { PoolConfigInput } from '../../src/orchestrator/config/config-input.js';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { expectToldOfIdleTransaction } from './idle-transaction.js';
import { startWith } from './orchestrator-fixture.js';
import { postgresUrl } from './postgres-address.js';
import { describeWithPostgres } from './postgres-server.js';
import { closersAfterEach } from '../support/closers.js';

@Injectable()
class Held {
  constructor(@InjectDatabase() readonly database: Database) {}
}

@Module({ id: 'held', providers: [Held] })
class HeldModule {}

const describeHere = await describeWithPostgres();
const plan = { overrides: new Map(), secrets: new Map(), services: [], env: {}, timeout: undefined };
const withPassword = new URL(postgresUrl);
withPassword.password ||= 'hunter2';
const repository = fileURLToPath(new URL('../..', import.meta.url));
const child = {
  command: [process.execPath, '--import', 'tsx', 'test/fixtures/mains/relayed-rows.ts'],
  cwd: repository,
  databases: ['default'],
};

describeHere('PostgreSQL of an orchestrator', () => {
  const direct = new Pool({ connectionString: postgresUrl, max: 3 });
  const closing = closersAfterEach();
  beforeAll(async () => {
    await direct.query('drop table if exists relay_held');
    await direct.query('create table relay_held (id int primary key, note text)');
    await direct.query("insert into relay_held values (1, 'one')");
  });
  afterAll(async () => {
    await direct.query('drop table relay_held');
    await direct.end();
  });

  /** Two modules in this process, and one in a process of its own when `withChild`. */
  const start = async (pool: PoolConfigInput = {}, withChild = false) => {
    const logger = createLogger({ level: 'error', redactor: new SecretRedactor() });
    const launchers = {
      one: new InProcessLauncher(HeldModule, plan, logger),
      two: new InProcessLauncher(HeldModule, plan, logger),
    };
    // The launcher starts it; the check of the configuration wants a command all the same.
    const here = { command: 'in this process', databases: ['default'] };
    const modules = { one: { ...here }, two: { ...here }, ...(withChild && { rows: child }) };
    const host = await startWith(
      { modules, databases: { default: { url: withPassword.href, pool } } },
      { launchers, control: false },
    );
    closing.push(() => host[Symbol.asyncDispose]());
    await host.orchestrator.ready;
    const booted = await Promise.all([launchers.one.booted, launchers.two.booted]);
    const [one, two] = booted.map((module) => module.get(Held).database);
    return { host, one: one!, two: two! };
  };

  it('is the Database port of a module, without its credentials', async () => {
    const { one } = await start();
    expect(one.type).toBe('postgres');
    expect(await one.query('select $1::int + 1 as sum, now() is not null as time', [1])).toEqual([
      { sum: 2, time: true },
    ]);
    await expect(one.query('select broken')).rejects.toMatchObject({
      code: 'QUERY',
      details: { driverCode: '42703' },
    });
    await expect(one.query("copy relay_held to '/tmp/x'")).rejects.toMatchObject({ details: { driverCode: '42501' } });
    await one.ping();
  });

  it('keeps transactions, and rolls back what fails', async () => {
    const { one, two } = await start();
    await expect(
      one.transaction(async (tx) => {
        await tx.execute("update relay_held set note = 'changed' where id = 1");
        expect(await two.queryOne('select note from relay_held where id = 1')).toEqual({ note: 'one' });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await two.queryOne('select note from relay_held where id = 1')).toEqual({ note: 'one' });
  });

  it('ends a statement that is aborted, and one that takes too long', async () => {
    const { one } = await start();
    await expect(one.query('select pg_sleep(30)', [], { timeout: '100ms' })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const controller = new AbortController();
    const running = one.query('select pg_sleep(30)', [], { signal: controller.signal });
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await one.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('says POOL and how long it waited when another module has every connection', async () => {
    const { one, two } = await start({ max: 1, modules: { two: { acquireTimeout: '60ms' } } });
    await using transaction = await one.beginTransaction();
    await transaction.query('select 1');
    await expect(two.query('select 1')).rejects.toMatchObject({
      code: 'POOL',
      message: expect.stringMatching(/waited \d+ ms/),
    });
  });

  it('tells a module that left its transaction idle for too long, and its commit that it did not take place', async () => {
    const { one: database } = await start({ modules: { one: { idleInTransactionTimeout: '200ms' } } });
    const lock = () => direct.query('select id from relay_held where id = 1 for update');
    await expectToldOfIdleTransaction({ database, lock, driverCode: '25P03' });
  });

  it('lets a module have no more connections than its limit', async () => {
    const { one, two } = await start({ max: 3, modules: { one: { connections: 1 } } });
    await using first = await one.beginTransaction();
    await first.query('select 1');
    await expect(one.query('select 1')).rejects.toMatchObject({ code: 'POOL' });
    expect(await two.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('serves a module of its own process, whose lock is free as soon as it is killed', async () => {
    const { host, one } = await start({}, true);
    const ask = async (path: string, body?: object) => {
      const init = body && {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      };
      const response = await host.request(`/rows/rows${path}`, init);
      return response.json();
    };
    expect(await ask('', { sql: 'select 1 as one' })).toEqual([{ one: 1 }]);
    const { pid, secrets } = (await ask('/environment')) as { pid: number; secrets: unknown[] };
    expect(secrets).toEqual([]);
    expect(await ask('/hold', { sql: 'select id from relay_held where id = 1 for update' })).toEqual([{ id: 1 }]);
    const waiting = one.execute('update relay_held set note = note where id = 1', [], { timeout: '20s' });
    process.kill(pid, 'SIGKILL');
    expect(await waiting).toBe(1);
  });
});
