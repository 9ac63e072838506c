import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { type DatabaseError, openDatabase } from '../../src/database/index.js';
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
    const refused = expect.stringContaining('is not asked for a connection: 5 connections failed in a row');
    expect(messages.slice(5, 7)).toEqual([refused, refused]);
    expect(connections()).toBeLessThan(12);
  });
});

describeHere('a PostgreSQL whose way is cut', () => {
  const closers = closersAfterEach();

  it('is asked again by one, and then by all, direct', async () => {
    const proxy = closers.use(await TcpProxy.inFrontOf(postgresUrl));
    const database = closers.use(await openDatabase({ url: proxy.urlFor(postgresUrl), name: 'main' }));
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    proxy.cut();
    const codes: string[] = [];
    let last: DatabaseError | undefined;
    for (let call = 0; call < 12; call += 1)
      await database.query('SELECT 1').catch((error: DatabaseError) => codes.push((last = error).code));
    expect(codes).toEqual(Array<string>(12).fill('CONNECTION'));
    expect(last!.message).toContain("database 'main' is not asked for a connection: 5 connections failed in a row");
    expect(last!.cause).toMatchObject({ code: 'CONNECTION' });
    proxy.mend();
    const asked = () => database.query('SELECT 1 AS one').catch(() => []);
    await until(async () => (await asked()).length === 1, 'it is asked again');
    expect(await database.query('SELECT 2 AS two')).toEqual([{ two: 2 }]);
  });
});
