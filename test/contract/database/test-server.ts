import { randomUUID } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { allowLargeValues, mariadb } from '../../integration/mariadb-server.js';
import { postgresUrl } from '../../integration/postgres-address.js';

/** A database of the run's own on a server, and what its administrator sees and does. */
export interface TestServer {
  readonly url: string;
  /** The statement that gives the number of the connection that runs it, as `id`. */
  readonly connectionId: string;
  /** Ends the connection of that number. */
  kill(id: number): Promise<void>;
  /** Ends the connection that runs the statement with that mark in its text. */
  killRunning(mark: string): Promise<void>;
  /** How many statements with that mark in their text run. */
  running(mark: string): Promise<number>;
  /** Lets nobody on the whole server commit a change until what it resolves with is called. MariaDB alone can do that. */
  holdCommits?(): Promise<() => Promise<void>>;
  /** Drops the database. */
  close(): Promise<void>;
}

const newName = () => `contract_${randomUUID().replaceAll('-', '').slice(0, 16)}`;

export async function postgresTestServer(): Promise<TestServer> {
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  const name = newName();
  await client.query(`CREATE DATABASE ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const count = async (where: string, values: string[]) => {
    const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND ${where}`;
    return (await client.query<{ n: number }>(sql, values)).rows[0]!.n;
  };
  return {
    url: url.href,
    connectionId: 'SELECT pg_backend_pid() AS id',
    kill: async (id) => void (await client.query('SELECT pg_terminate_backend($1)', [id])),
    killRunning: async (mark) => {
      const sql =
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE $1';
      await client.query(sql, [`%${mark}%`]);
    },
    running: (mark) => count("state = 'active' AND query LIKE $1", [`%${mark}%`]),
    close: async () => {
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await client.end();
    },
  };
}

export async function mariadbTestServer(): Promise<TestServer> {
  const client = await createConnection(mariadb);
  const name = newName();
  await allowLargeValues(client);
  await client.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const count = async (where: string, values: string[]) => {
    const sql = `SELECT count(*) AS n FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND ${where}`;
    const [rows] = await client.query(sql, values);
    return (rows as { n: number }[])[0]!.n;
  };
  return {
    url: `mysql://${mariadb.user}@${mariadb.host}:${mariadb.port}/${name}`,
    connectionId: 'SELECT CONNECTION_ID() AS id',
    kill: async (id) => void (await client.query(`KILL CONNECTION ${id}`)),
    killRunning: async (mark) => {
      const sql = 'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO LIKE ?';
      const [rows] = await client.query(sql, [`%${mark}%`]);
      for (const { id } of rows as { id: number }[]) await client.query(`KILL CONNECTION ${id}`);
    },
    running: (mark) => count('INFO LIKE ?', [`%${mark}%`]),
    holdCommits: async () => {
      for (const stage of ['START', 'BLOCK_COMMIT']) await client.query(`BACKUP STAGE ${stage}`);
      return async () => void (await client.query('BACKUP STAGE END'));
    },
    close: async () => {
      await client.query(`DROP DATABASE ${name}`);
      await client.end();
    },
  };
}
