import { expect } from '@jest/globals';
import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { caught, type ParityCase, Tags, withRunner } from './typeorm-parity-case.js';

const Marks = new EntitySchema<{ id: string }>({
  name: 'Mark',
  columns: { id: { type: 'uuid', primary: true, generated: 'uuid' } },
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
      const fails = async (sql: string) => ((await caught(dataSource.query(sql))) as unknown[])[1];
      return [read, await fails('CREATE TABLE never (a)'), await fails('PRAGMA user_version = 1')];
    },
    gives: [[{ a: 1 }], 'SQLITE_READONLY', 'SQLITE_READONLY'],
  },
];
