import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { type DatabaseError, openDatabase } from '../../src/database/index.js';
import { databaseServers, databaseWorlds } from './database-worlds.js';
import { until } from './orchestrator-fixture.js';
import { postgresUrl } from './postgres-address.js';
import { describeWithPostgres } from './postgres-server.js';
import { RelayFixture } from './relay-fixture.js';
import { TcpProxy } from './tcp-proxy.js';
import { closersAfterEach } from '../support/closers.js';

const describeHere = await describeWithPostgres();

/** Accepts connections and closes each, as the port of a server that starts does. */
async function startClosing(): Promise<{ server: Server; url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket: Socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { server, url: `postgres://user@127.0.0.1:${port}/test`, connections: () => connections };
}

describe('a database server that cannot be reached', () => {
  const closers = closersAfterEach();

  it('is not asked by everybody, through the broker', async () => {
    const { server, url, connections } = await startClosing();
    closers.push(async () => void server.close());
    const relay = closers.use(new RelayFixture({ url }));
    const { stream } = await relay.module('one');
    const pool = new Pool({ stream, user: 'whoever' });
    closers.push(() => pool.end());
    const messages: string[] = [];
    for (let call = 0; call < 12; call += 1)
      await pool.query('SELECT 1').catch(({ message }: Error) => messages.push(message));
    expect(messages.slice(0, 5)).toEqual(Array(5).fill(expect.stringContaining('the login failed')));
    const refused = expect.stringContaining('no connection is tried: it failed 5 times in a row');
    expect(messages.slice(5, 7)).toEqual([refused, refused]);
    expect(connections()).toBeLessThan(12);
    // One tries now and then.
    const before = connections();
    await until(async () => {
      await pool.query('SELECT 1').catch(() => undefined);
      return connections() > before;
    }, 'it is asked again');
  });
});

for (const { engine, describeHere: describeEngine, start } of databaseServers) {
  describeEngine(`what is wrong with the address of a ${engine}`, () => {
    const closers = closersAfterEach();

    it.each([
      { part: 'port', wrong: { port: '1' }, code: 'CONNECTION', retryable: true, told: /nothing answers at the host/ },
      {
        part: 'host',
        wrong: { hostname: 'nowhere.invalid' },
        told: /the host is not known \((?:ENOTFOUND|EAI_AGAIN)\)/,
      },
      { part: 'user', wrong: { username: 'nobody_here' }, code: 'CONFIGURATION', told: /user or password is wrong/ },
      { part: 'database', wrong: { pathname: '/none_such' }, code: 'CONFIGURATION', told: /there is no such database/ },
    ])('is told of its $part, and proxied not what stands there', async ({ wrong, code, retryable = false, told }) => {
      const server = closers.use(await start());
      const { href } = Object.assign(new URL(server.url), wrong);
      const failures = databaseWorlds.map(async ({ open }) => {
        const { database } = closers.use(await open(href));
        await database.query('SELECT 1');
      });
      const [direct, proxied] = (await Promise.allSettled(failures)).map((one) => 'reason' in one && one.reason);
      if (code !== undefined) {
        const details = code === 'CONFIGURATION' ? (direct as DatabaseError).details : expect.anything();
        for (const failure of [direct, proxied]) expect(failure).toMatchObject({ code, retryable, details });
      }
      expect((proxied as Error).message).toMatch(told);
      expect((proxied as Error).message).not.toMatch(/127\.0\.0\.1|nowhere\.invalid|nobody_here|root/);
    });
  });
}

describeHere('a PostgreSQL that does not answer logins', () => {
  const closers = closersAfterEach();

  it('keeps nobody who is in a hurry', async () => {
    const proxy = closers.use(await TcpProxy.inFrontOf(postgresUrl));
    const url = proxy.urlFor(postgresUrl);
    const database = closers.use(await openDatabase({ url, name: 'main', connectTimeout: '2s' }));
    proxy.isSilent = true;
    proxy.cut();
    proxy.mend();
    // The connection of before is noticed to be gone.
    await database.query('SELECT 1', [], { timeout: '100ms' }).catch(() => undefined);
    await expect(database.query('SELECT 1', [], { timeout: '100ms' })).rejects.toMatchObject({
      code: 'TIMEOUT',
      details: { timeoutMs: 100 },
    });
    const controller = new AbortController();
    const aborted = database.query('SELECT 1', [], { signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    proxy.isSilent = false;
    const answers = () => database.query('SELECT 1 AS one').catch(() => []);
    await until(async () => (await answers()).length === 1, 'it answers again');
  });
});
