import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { Client, type ClientConfig, type Pool, type PoolClient } from 'pg';
import QueryStream from 'pg-query-stream';
import { CopyQuery } from './copy-query.js';
import { postgresUrl } from './postgres-address.js';
import { describeWithPostgres } from './postgres-server.js';
import { relayedPostgres } from './relayed-postgres.js';
import { waitFor } from './wait-for-row.js';

/** What pg's types leave out. */
const processOf = (client: object): number => (client as { readonly processID: number }).processID;

async function withBoth(pool: Pool, work: (one: PoolClient, other: PoolClient) => Promise<void>): Promise<void> {
  const clients = [await pool.connect(), await pool.connect()] as const;
  try {
    await work(...clients);
  } finally {
    for (const client of clients) client.release(true);
  }
}

/** All that pg says of a login that failed. */
async function refusalOf(config: ClientConfig): Promise<object> {
  const client = new Client(config);
  client.on('error', () => undefined);
  const error = await client.connect().catch((failure: Error) => failure);
  if (!(error instanceof Error)) throw new Error('the login was taken');
  return { ...error, message: error.message };
}

const describeHere = await describeWithPostgres();

describeHere('PostgreSQL, relayed to pg in a module', () => {
  const { direct, fixture, poolOf, start } = relayedPostgres('relay_rows');

  it('runs queries with parameters, and shows the session of the orchestrator', async () => {
    const { pool } = await start();
    const { rows } = await pool.query('select $1::int + 1 as sum, current_user as role, version() as version', [41]);
    expect(rows).toEqual([{ sum: 42, role: 'postgres', version: expect.stringContaining('PostgreSQL') }]);
  });

  it('passes every startup parameter of the whitelist on and refuses others', async () => {
    const relay = fixture();
    const module = await relay.module('one');
    const pool = poolOf(module, {
      application_name: 'orders',
      statement_timeout: 4_321,
      lock_timeout: 1_234,
      options: '-c search_path=pg_catalog',
    });
    const { rows } = await pool.query(
      `select current_setting('application_name') as name, current_setting('statement_timeout') as statement,
        current_setting('lock_timeout') as lock, current_setting('search_path') as path`,
    );
    expect(rows).toEqual([{ name: 'orders', statement: '4321ms', lock: '1234ms', path: 'pg_catalog' }]);
    const other = poolOf(module, { options: '-c role=pg_monitor' });
    await expect(other.query('select 1')).rejects.toMatchObject({ code: '42501' });
  });

  it('says all that the server says of a startup parameter it refuses, and keeps others connecting', async () => {
    const relay = fixture();
    const module = await relay.module('one');
    const wrong = [
      ['-c nowhere.defined=1 -c no_such_setting=1', '42704'],
      ['-c statement_timeout=soon', '22023'],
      ['-c datestyle=martian', '22023'],
      ['-c shared_buffers=1MB', '55P02'],
      ['-z', '42601'],
    ] as const;
    for (const [options, code] of [...wrong, ...wrong]) {
      const told = await refusalOf({ connectionString: postgresUrl, options });
      expect(told).toMatchObject({ code, severity: 'FATAL' });
      expect(await refusalOf({ stream: module.stream, user: 'whoever', options })).toEqual(told);
    }
    expect((await poolOf(module, {}).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('tells the driver which process answers it, also when another takes over', async () => {
    const { pool } = await start({ max: 1 }, { max: 2 });
    await withBoth(pool, async (one, other) => {
      for (const client of [one, other, one]) {
        const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
        expect(processOf(client)).toBe(rows[0]?.pid);
      }
      one.on('error', () => undefined);
      await one.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
      const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
      expect(processOf(other)).toBe(rows[0]?.pid);
      await other.query('listen news');
      const [notification] = await Promise.all([once(other, 'notification'), other.query("notify news, 'mine'")]);
      expect(notification).toEqual([expect.objectContaining({ payload: 'mine', processId: processOf(other) })]);
    });
  });

  it('gives the error of a statement with all its fields, and goes on', async () => {
    const { pool } = await start();
    await pool.query("insert into relay_rows values (1, 'a')");
    await expect(pool.query("insert into relay_rows values (1, 'b')")).rejects.toMatchObject({
      code: '23505',
      constraint: 'relay_rows_pkey',
      table: 'relay_rows',
    });
    await expect(pool.query('select $1::int', ['no number'])).rejects.toMatchObject({ code: '22P02' });
    expect((await pool.query('select count(*)::int as n from relay_rows')).rows).toEqual([{ n: 1 }]);
  });

  it('gives a connection back after an error, before the driver heard that the server is ready', async () => {
    const { pool } = await start({ max: 1 });
    const failing = Array.from({ length: 20 }, () => pool.query('select broken').catch((error: Error) => error));
    expect(await Promise.all(failing)).toEqual(Array(20).fill(expect.objectContaining({ code: '42703' })));
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('keeps a transaction on its backend and rolls back what a closed connection left open', async () => {
    const { pool } = await start({ max: 2 });
    const client = await pool.connect();
    await client.query('begin');
    await client.query("insert into relay_rows values (7, 'seven')");
    const [other] = (await pool.query('select count(*)::int as n from relay_rows')).rows as { n: number }[];
    expect(other).toEqual({ n: 0 });
    client.release(true);
    expect((await pool.query('select count(*)::int as n from relay_rows')).rows).toEqual([{ n: 0 }]);
  });

  it('lets more connections of a module than there are places take turns', async () => {
    const { pool, relay } = await start({ max: 2 }, { max: 20 });
    const sums = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const { rows } = await pool.query('select $1::int as n, pg_sleep(0.001)', [n]);
        return (rows[0] as { n: number }).n;
      }),
    );
    expect(sums).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(relay.relayed.broker.pool.size).toBe(2);
  });

  it('copies in and out', async () => {
    const { pool } = await start();
    const client = await pool.connect();
    const lines = Array.from({ length: 20_000 }, (_, n) => Buffer.from(`${n}\tnote ${n}\n`));
    await client.query(new CopyQuery('copy relay_rows from stdin', lines)).done;
    const output = await client.query(new CopyQuery('copy (select * from relay_rows order by id) to stdout')).done;
    expect(output.equals(Buffer.concat(lines))).toBe(true);
    const broken = client.query(new CopyQuery('copy relay_rows from stdin', [Buffer.from('x\ty\n')]));
    await expect(broken.done).rejects.toMatchObject({ code: '22P02' });
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    client.release();
  });

  it('delivers notifications while the connection is idle, to it alone', async () => {
    const { pool, module } = await start({ max: 2 });
    const client = await pool.connect();
    await client.query('listen relay_channel');
    const heard = once(client, 'notification');
    await poolOf(module).query("select pg_notify('relay_channel', 'hello')");
    expect(await heard).toEqual([expect.objectContaining({ channel: 'relay_channel', payload: 'hello' })]);
    client.release();
  });

  it('streams through a cursor and holds the server back while nobody reads', async () => {
    const { pool } = await start({ wire: { streamWindowBytes: 128 * 1024 } });
    const client = await pool.connect();
    const rows = client.query(new QueryStream("select n, repeat('x', 1000) as x from generate_series(1, 20000) n"));
    let count = 0;
    for await (const _ of rows) count += 1;
    expect(count).toBe(20_000);
    const abandoned = client.query(new QueryStream('select n from generate_series(1, 1000000) n', []));
    for await (const _ of abandoned) break;
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    client.release();
  });

  it('passes a value of 64 MB in both directions', async () => {
    const { pool } = await start();
    const value = Buffer.alloc(64 * 1024 ** 2, 'ab');
    const { rows } = await pool.query('select $1::bytea as value, length($1::bytea) as length', [value]);
    const [row] = rows as { value: Buffer; length: number }[];
    expect(row!.length).toBe(value.byteLength);
    expect(row!.value.equals(value)).toBe(true);
  }, 60_000);

  it('ends the statement that a driver cancels', async () => {
    const { pool, module } = await start();
    const client = await pool.connect();
    const running = client.query('select pg_sleep(30)').catch((error: Error) => error);
    await waitFor(direct, "select 1 from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'");
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const request = Buffer.alloc(16);
    [16, 80_877_102, processID, secretKey].forEach((word, at) => request.writeInt32BE(word, at * 4));
    module.stream().end(request);
    expect(await running).toMatchObject({ code: '57014' });
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    client.release();
  });

  it('takes no request to cancel from another module', async () => {
    const { pool, relay } = await start();
    const other = await relay.module('two');
    const client = await pool.connect();
    const running = client.query('select pg_sleep(0.3) is null as slept');
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const request = Buffer.alloc(16);
    [16, 80_877_102, processID, secretKey].forEach((word, at) => request.writeInt32BE(word, at * 4));
    other.stream().end(request);
    expect((await running).rows).toHaveLength(1);
    client.release();
  });
});
