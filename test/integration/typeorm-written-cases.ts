import { expect } from '@jest/globals';
import type { Pool } from 'pg';
import { createDataSource } from '@pywatt/sdk';
import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { caught, type ParityCase, Tags, withRunner } from './typeorm-parity-case.js';

const Marks = new EntitySchema<{ id: string }>({
  name: 'Mark',
  columns: { id: { type: 'uuid', primary: true, generated: 'uuid' } },
});

/** What mysql2's types leave out. */
interface MysqlPoolConfig {
  readonly connectionLimit: number;
  readonly maxIdle: number;
  readonly idleTimeout: number;
  readonly connectionConfig: { readonly connectTimeout: number };
}

const Shelves = new EntitySchema<{ id: number }>({
  name: 'Shelf',
  database: 'another.db',
  columns: { id: { type: Number, primary: true } },
});

const elsewhere = { host: 'nowhere.invalid', port: 1, username: 'nobody', password: 'wrong', database: 'none' };

/** Options as `new DataSource` takes them, handed over whole. */
export const writtenCases: readonly ParityCase[] = [
  {
    title: 'takes options written for TypeORM, and reads from slaves',
    on: ['PostgreSQL'],
    options: {
      ...elsewhere,
      type: 'postgres',
      extra: { connectionString: 'postgres://nobody@nowhere.invalid/none' },
      replication: {
        master: { ...elsewhere, applicationName: 'master' },
        slaves: [{ ...elsewhere, applicationName: 'slave' }],
      },
    },
    run: async (dataSource) => {
      const tags = dataSource.getRepository(Tags);
      await tags.insert({ label: () => "current_setting('application_name')" });
      const read = tags.createQueryBuilder('tag').select(["current_setting('application_name') AS name", 'label']);
      await using runner = dataSource.createQueryRunner('slave');
      return [await read.getRawMany(), await runner.query('SHOW application_name'), runner.getReplicationMode()];
    },
    gives: [[{ name: 'slave', label: 'master' }], [{ application_name: 'slave' }], 'slave'],
  },
  {
    title: 'takes options written for TypeORM, and reads from slaves',
    on: ['MariaDB'],
    options: {
      ...elsewhere,
      type: 'mysql',
      replication: { defaultMode: 'master', master: elsewhere, slaves: [elsewhere] },
    },
    run: async (dataSource) => {
      await dataSource.getRepository(Tags).save({ label: 'a' });
      await using runner = dataSource.createQueryRunner('slave');
      const rows: unknown = await runner.query('SELECT label FROM tag');
      return [rows, runner.getReplicationMode(), dataSource.options.type, dataSource.driver.isReplicated];
    },
    gives: [[{ label: 'a' }], 'slave', 'mysql', true],
  },
  {
    title: 'has a pool as it is told',
    on: ['PostgreSQL'],
    options: { type: 'postgres', poolSize: 2, connectTimeoutMS: 200, extra: { idleTimeoutMillis: 1234, min: 1 } },
    run: async (dataSource) => {
      const { max, min, idleTimeoutMillis } = (dataSource.driver as unknown as { master: Pool }).master.options;
      await using one = dataSource.createQueryRunner();
      await using other = dataSource.createQueryRunner();
      await Promise.all([one.connect(), other.connect()]);
      return [max, min, idleTimeoutMillis, await dataSource.query('SELECT 1').catch(({ message }: Error) => message)];
    },
    gives: [2, 1, 1234, 'timeout exceeded when trying to connect'],
  },
  {
    title: 'has a pool as it is told in words of the driver',
    on: ['PostgreSQL'],
    options: { extra: { max: 3, connectionTimeoutMillis: 4321 } },
    run: async (dataSource) => {
      const { max, connectionTimeoutMillis } = (dataSource.driver as unknown as { master: Pool }).master.options;
      const backends = await Promise.all(
        Array.from({ length: 6 }, () => dataSource.query('SELECT pg_backend_pid() AS id, pg_sleep(0.1)')),
      );
      const ids = new Set((backends as { id: number }[][]).map(([row]) => row!.id));
      return [max, connectionTimeoutMillis, ids.size];
    },
    gives: [3, 4321, 3],
  },
  {
    title: 'has a pool and flags as it is told',
    on: ['MariaDB'],
    options: {
      type: 'mariadb',
      poolSize: 2,
      connectTimeout: 4321,
      extra: { idleTimeout: 1234, flags: ['-FOUND_ROWS', 'LOCAL_FILES'] },
    },
    run: async (dataSource) => {
      const { config } = (dataSource.driver as unknown as { pool: { config: MysqlPoolConfig } }).pool;
      await dataSource.getRepository(Tags).insert({ label: 'a' });
      const { affected } = await dataSource.getRepository(Tags).update({ label: 'a' }, { label: 'a' });
      const infile = await dataSource.query("LOAD DATA LOCAL INFILE '/nowhere' INTO TABLE tag").catch(() => 'refused');
      const { connectionLimit, maxIdle, idleTimeout, connectionConfig } = config;
      return [connectionLimit, maxIdle, idleTimeout, connectionConfig.connectTimeout, affected, infile];
    },
    gives: [2, 2, 1234, 4321, 0, 'refused'],
  },
  {
    title: 'has a pool as it is told in words of the driver',
    on: ['MariaDB'],
    options: { extra: { connectionLimit: 1, queueLimit: 1 } },
    run: async (dataSource) => {
      const asked = Array.from({ length: 3 }, () => dataSource.query('SELECT SLEEP(0.1)'));
      return (await Promise.allSettled(asked)).map(({ status }) => status);
    },
    gives: ['fulfilled', 'fulfilled', 'rejected'],
  },
  {
    title: 'takes options written for TypeORM',
    on: ['SQLite'],
    options: {
      type: 'better-sqlite3',
      database: ':memory:',
      enableWAL: true,
      timeout: 2_000,
      nativeBinding: 'nowhere.node',
    },
    run: async (dataSource) => [
      await dataSource.query('PRAGMA journal_mode'),
      await dataSource.query('PRAGMA busy_timeout'),
      (dataSource.driver.options as { nativeBinding?: string }).nativeBinding,
    ],
    gives: [[{ journal_mode: 'wal' }], [{ timeout: 2_000 }], 'nowhere.node'],
  },
  {
    title: 'takes options written for TypeORM by its own defaults',
    on: ['PostgreSQL'],
    options: { type: 'postgres', entities: [Marks], customOption: 5 } as DataSourceOptions,
    run: async (dataSource) => {
      const sql = "SELECT column_default AS made FROM information_schema.columns WHERE table_name = 'mark'";
      return [await dataSource.query(sql), (dataSource.options as { customOption?: number }).customOption];
    },
    gives: [[{ made: 'uuid_generate_v4()' }], 5],
  },
  {
    title: 'takes options written for TypeORM by its own defaults',
    on: ['MariaDB'],
    options: { type: 'mariadb' },
    run: (dataSource) => dataSource.query('SELECT @@collation_connection AS name'),
    gives: [{ name: 'utf8mb4_unicode_ci' }],
  },
  {
    title: 'logs in with the character set and flags it is told',
    on: ['MariaDB'],
    options: { type: 'mariadb', charset: 'latin1_swedish_ci', flags: ['-FOUND_ROWS', 'LOCAL_FILES'] },
    run: async (dataSource) => {
      await dataSource.getRepository(Tags).insert({ label: 'é' });
      const { affected } = await dataSource.getRepository(Tags).update({ label: 'é' }, { label: 'é' });
      const infile = dataSource.query("LOAD DATA LOCAL INFILE '/nowhere' INTO TABLE tag").then(
        () => 'was read',
        () => 'refused',
      );
      return [affected, await dataSource.query('SELECT @@collation_connection AS name'), await infile];
    },
    gives: [0, [{ name: 'latin1_swedish_ci' }], 'refused'],
  },
  {
    title: 'says how to make another, where its options are taken for that',
    on: ['SQLite'],
    run: (dataSource) => new DataSource(dataSource.options).initialize().catch(({ message }: Error) => message),
    gives: expect.stringMatching(/out of reach of new DataSource\(options\); make another with createDataSource/),
  },
  {
    title: 'waits for another writer as long as it is told',
    on: ['SQLite'],
    options: { type: 'better-sqlite3', database: '', timeout: 1 },
    run: async (dataSource) => {
      await using writer = dataSource.createQueryRunner();
      await writer.startTransaction();
      const insert = 'INSERT INTO tag (label) VALUES (1)';
      const told = await caught(dataSource.query(insert));
      const set = await withRunner(dataSource, async (runner) => {
        const answer: unknown = await runner.query('PRAGMA main.busy_timeout = 30000');
        const waiting = runner.query(insert);
        await runner.query('PRAGMA busy_timeout');
        await writer.rollbackTransaction();
        await waiting;
        return answer;
      });
      return [told, set, await dataSource.query('PRAGMA busy_timeout')];
    },
    gives: [['DatabaseError', 'TIMEOUT'], [{ timeout: 30_000 }], [{ timeout: 1 }]],
  },
  {
    title: 'only reads where told so',
    on: ['SQLite'],
    options: { type: 'better-sqlite3', database: '', readonly: true, dropSchema: false, synchronize: false },
    run: async (dataSource) => {
      const read = await dataSource.transaction((manager) => manager.query('SELECT 1 AS a'));
      await dataSource.synchronize().catch(() => undefined);
      const why = (sql: string) => dataSource.query(sql).catch(({ code, message }) => [code, message] as unknown);
      return [read, await why('CREATE TABLE never (a)'), await why('PRAGMA user_version = 1')];
    },
    gives: [
      [{ a: 1 }],
      ...Array.from({ length: 2 }, () => ['SQLITE_READONLY', 'SqliteError: attempt to write a readonly database']),
    ],
  },
  {
    title: 'reads integers beyond 2^53 as better-sqlite3 does',
    on: ['SQLite'],
    options: { type: 'better-sqlite3', database: '' },
    run: async (dataSource) => [
      await dataSource.query('SELECT 9007199254740993 AS big, -2 AS small'),
      await dataSource.query('INSERT INTO tag (id, label) VALUES (9007199254740993, 1)'),
    ],
    gives: [[{ big: 9_007_199_254_740_992, small: -2 }], 9_007_199_254_740_992],
  },
  {
    title: 'says that it attaches no other database',
    on: ['SQLite'],
    run: (dataSource) => {
      const options = { type: 'better-sqlite3', database: '', entities: [Shelves] } as const;
      return (async () => createDataSource(dataSource, options).initialize())().catch(({ message }: Error) => message);
    },
    gives: expect.stringMatching(/databases of their own \(another\.db\)/),
  },
];
