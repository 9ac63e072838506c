import { expect, it } from '@jest/globals';
import { Pool, type PoolClient } from 'pg';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { describeWithPostgres } from './postgres-server.js';
import { relayedPostgres } from './relayed-postgres.js';
import { waitFor } from './wait-for-row.js';

const describeHere = await describeWithPostgres();

describeHere('the backends of a relayed PostgreSQL', () => {
  const { direct, poolOf, start } = relayedPostgres('relay_pool_rows');

  it('does not count how long a statement waited for its connection as time that it runs', async () => {
    const { pool, relay } = await start({ max: 1, limits: { statementTimeoutMs: 700 } });
    const other = poolOf(await relay.module('two'), { max: 1 });
    await other.query('select 1');
    const client = await pool.connect();
    await client.query('begin');
    const waiting = other.query('select pg_sleep(0.5), 1 as one');
    await new Promise((resolve) => setTimeout(resolve, 800));
    await client.query('commit');
    client.release();
    expect((await waiting).rows).toMatchObject([{ one: 1 }]);
  });

  it('fails with POOL, saying how long it waited, when every place is taken', async () => {
    const { pool, module } = await start({ max: 1, limits: { acquireTimeoutMs: 50 } });
    const client = await pool.connect();
    await client.query('begin');
    const waiting = poolOf(module).query('select 1');
    await expect(waiting).rejects.toMatchObject({ code: 'PW001', message: expect.stringMatching(/waited \d+ ms/) });
    await client.query('commit');
    client.release();
    expect((await poolOf(module).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('refuses more who wait than a module may have', async () => {
    const { pool, module } = await start({ max: 1, limits: { queueLength: 2 } });
    const client = await pool.connect();
    await client.query('begin');
    const others = poolOf(module, { max: 5 });
    const answers = Array.from({ length: 5 }, () => others.query('select 1').catch((error: Error) => error));
    expect(await Promise.race(answers)).toMatchObject({ code: 'PW001' });
    await client.query('commit');
    client.release();
    const failed = (await Promise.all(answers)).filter((answer) => answer instanceof Error);
    expect(failed).toHaveLength(3);
  });

  it('gives each module its turn, however many statements another has waiting', async () => {
    const { pool, relay } = await start({ max: 1 }, { max: 50 });
    const finished: string[] = [];
    const greedy = Array.from({ length: 50 }, () =>
      pool.query('select pg_sleep(0.005)').then(() => finished.push('greedy')),
    );
    const other = poolOf(await relay.module('two'));
    await other.query('select 1');
    const before = finished.length;
    expect(before).toBeLessThan(50);
    await Promise.all(greedy);
  });

  it('frees the row lock of a module that was killed at once', async () => {
    const { pool, module, relay } = await start();
    await direct.query("insert into relay_pool_rows values (1, 'locked')");
    const client = await pool.connect();
    client.on('error', () => undefined);
    await client.query('begin');
    await client.query('select * from relay_pool_rows where id = 1 for update');
    const other = poolOf(await relay.module('two'));
    const waiting = other.query("update relay_pool_rows set note = 'free' where id = 1");
    await waitFor(
      direct,
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'update relay_pool_rows%'",
    );
    module.vanish();
    expect((await waiting).rowCount).toBe(1);
    client.release(true);
  });

  it('ends the statement of a module that was killed, even one that waits for a lock', async () => {
    const { pool, module } = await start();
    await direct.query("insert into relay_pool_rows values (1, 'locked')");
    const holder = await direct.connect();
    await holder.query('begin');
    await holder.query('select * from relay_pool_rows where id = 1 for update');
    const waiting = pool.query("update relay_pool_rows set note = 'late' where id = 1").catch((error: Error) => error);
    const isWaiting =
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'update relay_pool_rows%'";
    await waitFor(direct, isWaiting);
    module.vanish();
    expect(await waiting).toBeInstanceOf(Error);
    await waitFor(direct, `select 1 where not exists (${isWaiting})`);
    await holder.query('commit');
    holder.release();
  });

  it('leaves nothing of the session of one module to another', async () => {
    const { pool, relay } = await start({ max: 1 });
    const client = await pool.connect();
    await client.query('create temp table relay_secret as select 1 as one');
    await client.query("set search_path to pg_temp, public; set timezone to 'Asia/Tokyo'");
    await client.query({ name: 'kept', text: 'select 1' });
    await client.query('select pg_advisory_lock(4711)');
    await client.query('prepare plain as select 1');
    await client.query('listen relay_channel');
    const { rows } = await client.query('select pg_backend_pid() as pid');
    client.release();
    await pool.end();
    const other = poolOf(await relay.module('two'));
    const session = await other.query(
      `select current_setting('search_path') as path, current_setting('timezone') as zone,
        to_regclass('pg_temp.relay_secret') as temp, (select count(*)::int from pg_prepared_statements) as prepared,
        (select count(*)::int from pg_listening_channels()) as listening,
        (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`,
    );
    const [clean] = (
      await direct.query("select current_setting('search_path') as path, current_setting('timezone') as zone")
    ).rows as { path: string; zone: string }[];
    expect(session.rows).toEqual([{ ...clean, temp: null, prepared: 0, listening: 0, locks: 0 }]);
    expect(rows).toHaveLength(1);
  });

  it('resets a backend that goes to another module without having been remarked', async () => {
    const { pool, relay } = await start({ max: 1 });
    await direct.query(
      `create or replace function relay_hidden() returns void language sql as $$ set timezone to 'Asia/Tokyo' $$`,
    );
    await pool.query('select relay_hidden()');
    const { rows } = await poolOf(await relay.module('two')).query("select current_setting('timezone') as zone");
    expect(rows).not.toEqual([{ zone: 'Asia/Tokyo' }]);
    await direct.query('drop function relay_hidden()');
  });

  it('keeps named statements and settings of a connection while others need places', async () => {
    const { pool, module } = await start({ max: 2 });
    const client = await pool.connect();
    await client.query("set timezone to 'Asia/Tokyo'");
    await client.query({ name: 'sum', text: 'select $1::int + 1 as sum', values: [1] });
    const others = poolOf(module, { max: 5 });
    await Promise.all(Array.from({ length: 20 }, () => others.query('select pg_sleep(0.001)')));
    expect((await client.query({ name: 'sum', text: 'select $1::int + 1 as sum', values: [2] })).rows).toEqual([
      { sum: 3 },
    ]);
    expect((await client.query('show timezone')).rows).toEqual([{ TimeZone: 'Asia/Tokyo' }]);
    client.release();
  });

  it('tells the driver that its backend was terminated, as a server does', async () => {
    const { pool } = await start();
    const client = await pool.connect();
    const ended = new Promise((resolve) => void client.once('end', resolve));
    client.on('error', () => undefined);
    const [{ pid }] = (await client.query('select pg_backend_pid() as pid')).rows as [{ pid: number }];
    const running = client.query('select pg_sleep(30)').catch((error: Error) => error);
    await waitFor(direct, `select pg_terminate_backend(${pid})`);
    expect(await running).toMatchObject({ code: '57P01' });
    await ended;
    client.release(true);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('lends another backend when an idle one was terminated', async () => {
    const { pool, relay } = await start({}, { max: 1 });
    const [{ pid }] = (await pool.query('select pg_backend_pid() as pid')).rows as [{ pid: number }];
    await direct.query('select pg_terminate_backend($1)', [pid]);
    await waitFor(direct, `select 1 where not exists (select 1 from pg_stat_activity where pid = ${pid})`);
    const lost = () => relay.relayed.broker.pool.size === 0;
    while (!lost()) await new Promise((resolve) => setImmediate(resolve));
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('ends statements that run too long and rolls back transactions that are idle too long', async () => {
    const { pool } = await start({ limits: { statementTimeoutMs: 100, idleInTransactionTimeoutMs: 200 } });
    await expect(pool.query('select pg_sleep(30)')).rejects.toMatchObject({ code: '57014' });
    const client = await pool.connect();
    const errors: Error[] = [];
    const ended = new Promise((resolve) => void client.on('error', (error) => errors.push(error)).once('end', resolve));
    await client.query('begin');
    await ended;
    expect(errors[0]).toMatchObject({ code: '25P03' });
    client.release(true);
  });

  it('closes the connection of a transaction that was idle too long, which cannot be made like new', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      redactor: new SecretRedactor(),
      level: 'warn',
      write: (line) => void lines.push(line),
    });
    const { pool, relay } = await start({ logger, limits: { idleInTransactionTimeoutMs: 100 } });
    const client = await pool.connect();
    client.on('error', () => undefined);
    const ended = new Promise((resolve) => client.once('end', resolve));
    await client.query('begin');
    const [{ pid }] = (await client.query('select pg_backend_pid() as pid')).rows as [{ pid: number }];
    await ended;
    client.release(true);
    await waitFor(direct, `select 1 where not exists (select 1 from pg_stat_activity where pid = ${pid})`);
    expect(relay.relayed.broker.pool.size).toBe(0);
    expect(lines.join('\n')).toMatch(/was idle for \d+ ms/);
    expect(lines.join('\n')).not.toMatch(/could not be reset/);
  });

  it.each([
    'set role pg_monitor',
    'SET /* x */ SESSION AUTHORIZATION postgres',
    'select 1; reset role',
    "copy relay_pool_rows to '/tmp/relay'",
    "copy (select 1) to program 'cat'",
    "select set_config('role', 'pg_monitor', false)",
  ])('refuses %s', async (sql) => {
    const { pool } = await start({}, { max: 1 });
    await expect(pool.query(sql)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('not allowed'),
    });
    await expect(pool.query(`${sql.split(';')[1] ?? sql}`.trim(), [])).rejects.toMatchObject({ code: '42501' });
    expect((await pool.query('select $1::int as one', [1])).rows).toEqual([{ one: 1 }]);
  });

  it('lends new backends after the credentials changed, and lets what is in use end on the old ones', async () => {
    const { pool, relay } = await start({ max: 3 });
    const pidOf = async (runner: Pool | PoolClient) =>
      ((await runner.query('select pg_backend_pid() as pid')).rows as [{ pid: number }])[0].pid;
    const client = await pool.connect();
    await client.query('begin');
    const used = await pidOf(client);
    const idle = await pidOf(pool);
    const { pool: backends } = relay.relayed.broker;
    backends.switchTo();
    expect(await pidOf(client)).toBe(used);
    const fresh = await pidOf(pool);
    expect([used, idle]).not.toContain(fresh);
    const retired = backends.retireOthers();
    await client.query('commit');
    await retired;
    expect(await pidOf(client)).not.toBe(used);
    client.release();
  });

  it('rejects the first connection with why the server cannot be reached', async () => {
    const { pool } = await start({ url: 'postgres://nobody:hunter2@127.0.0.1:1/none' });
    await expect(pool.connect()).rejects.toMatchObject({
      code: '08001',
      message: expect.not.stringContaining('hunter2'),
    });
  });
});
