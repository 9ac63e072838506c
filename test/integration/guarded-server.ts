import { createConnection } from 'mysql2/promise';
import { createAnew, mariadb } from './mariadb-server.js';
import { PostgresCluster } from './postgres-cluster.js';

/** A real server with one user whose password a test changes. */
export interface GuardedServer {
  /** Of that user, without a password. */
  readonly url: string;
  setPassword(value: string): Promise<void>;
  /** Whether a new login with that password is taken. */
  takes(password: string): Promise<boolean>;
  /** The connections of that user. */
  sessions(): Promise<readonly number[]>;
  close(): Promise<void>;
}

const user = 'swap_app';

/** A table `swapped (id integer)` is there, too. */
export async function guardedPostgres(bin: string): Promise<GuardedServer> {
  const cluster = await PostgresCluster.start(bin);
  const admin = await cluster.admin();
  await admin.query(`CREATE ROLE ${user} LOGIN`);
  await admin.query(`GRANT ALL ON SCHEMA public TO ${user}`);
  await admin.query('CREATE TABLE swapped (id integer)');
  await admin.query(`GRANT ALL ON swapped TO ${user}`);
  return {
    url: cluster.url(user),
    setPassword: async (value) => void (await admin.query(`ALTER ROLE ${user} PASSWORD '${value}'`)),
    takes: async (password) => {
      try {
        await (await cluster.client(user, password)).end();
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === '28P01') return false;
        throw error;
      }
    },
    sessions: async () => {
      const { rows } = await admin.query<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE usename = '${user}'`);
      return rows.map(({ pid }) => pid);
    },
    close: async () => {
      await admin.end();
      await cluster.stop();
    },
  };
}

export async function guardedMariadb(): Promise<GuardedServer> {
  const admin = await createConnection(mariadb);
  await createAnew(admin, 'USER', `${user}@'%'`, "IDENTIFIED BY 'unset'");
  await admin.query(`GRANT ALL ON test.* TO ${user}@'%'`);
  await createAnew(admin, 'TABLE', 'swapped', '(id integer)');
  return {
    url: `mysql://${user}@${mariadb.host}:${mariadb.port}/${mariadb.database}`,
    setPassword: async (value) => void (await admin.query(`ALTER USER ${user}@'%' IDENTIFIED BY '${value}'`)),
    takes: async (password) => {
      try {
        await (await createConnection({ ...mariadb, user, password })).end();
        return true;
      } catch (error) {
        if ((error as { errno?: unknown }).errno === 1045) return false;
        throw error;
      }
    },
    sessions: async () => {
      const [rows] = await admin.query(`SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = '${user}'`);
      return (rows as { id: number }[]).map(({ id }) => Number(id));
    },
    close: async () => {
      await admin.query(`DROP USER ${user}@'%'`);
      await admin.query('DROP TABLE swapped');
      await admin.end();
    },
  };
}
