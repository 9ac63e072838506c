import { EventSubscriber, type InsertEvent, type QueryFailedError } from 'typeorm';
import { quietLogger } from '../../src/database/typeorm/quiet-logger.js';
import { caught, type ParityCase, type Tag, Tags, withRunner } from './typeorm-parity-case.js';

/** What the logger was told. */
const said: string[] = [];

/** The classes of errors that the logger was told of. */
const failures: unknown[] = [];

/** Writes beside the transaction that tells it, where a server has a connection for that. */
@EventSubscriber()
class Echo {
  async afterInsert({ entity, dataSource }: InsertEvent<Tag>): Promise<void> {
    if (entity.label.endsWith('!')) return;
    const tags = dataSource.getRepository(Tags);
    await tags.insert({ label: `${entity.label}!` });
    await tags.save({ label: `${await tags.count()}!` });
  }
}

/** What only SQLite has. */
export const sqliteCases: readonly ParityCase[] = [
  {
    title: 'takes named parameters from an object, as better-sqlite3 does',
    on: ['SQLite'],
    run: async (dataSource) => [
      await dataSource.query('SELECT :a AS a, ? AS b, $a AS c', ['x', { a: Buffer.from('y') }]),
      await caught(dataSource.query('SELECT :a', [{ b: 1 }])),
    ],
    gives: [[{ a: Buffer.from('y'), b: 'x', c: Buffer.from('y') }], ['QueryFailedError', undefined]],
  },
  {
    title: 'keeps what came before the row that failed, where OR FAIL says so',
    on: ['SQLite'],
    run: async (dataSource) => {
      const insert = (how: string) =>
        caught(dataSource.query(`INSERT ${how} INTO tag (id, label) VALUES (1, 'a'), (1, 'b')`));
      const failed = [await insert(''), await insert('OR FAIL'), await insert('OR ABORT')];
      return [failed, await dataSource.query('SELECT id, label FROM tag')];
    },
    gives: [
      Array.from({ length: 3 }, () => ['QueryFailedError', 'SQLITE_CONSTRAINT_PRIMARYKEY']),
      [{ id: 1, label: 'a' }],
    ],
  },
  {
    title: 'tells neither the logger nor subscribers of what it asks about tables',
    on: ['SQLite'],
    options: { logger: { ...quietLogger, logQuery: (sql) => void said.push(sql) } },
    run: (dataSource) =>
      withRunner(dataSource, async (runner) => {
        said.length = 0;
        await runner.beforeMigration();
        const table = await runner.getTable('tag');
        await runner.afterMigration();
        await runner.query('PRAGMA foreign_keys');
        return [table?.columns.map(({ name }) => name), said.filter((sql) => /table_xinfo|foreign/.test(sql))];
      }),
    gives: [['id', 'label'], ['PRAGMA foreign_keys']],
  },
  {
    title: 'goes on outside a transaction that its own COMMIT has ended, as migrations do',
    on: ['SQLite'],
    run: async (dataSource) => {
      const seen = await withRunner(dataSource, async (runner) => {
        await runner.startTransaction();
        await runner.manager.insert(Tags, { label: 'a' });
        for (const sql of ['COMMIT', 'PRAGMA foreign_keys = OFF']) await runner.query(sql);
        const pragma = await runner.query('PRAGMA foreign_keys');
        await runner.query('begin immediate');
        await runner.manager.insert(Tags, { label: 'b' });
        await runner.rollbackTransaction();
        return [pragma, runner.isTransactionActive, await runner.manager.find(Tags)];
      });
      const ended = dataSource.transaction((manager) => manager.query('ROLLBACK'));
      return [seen, await ended.catch(({ message }: QueryFailedError) => message)];
    },
    gives: [
      [[{ foreign_keys: 0 }], false, [{ id: 1, label: 'a' }]],
      'SqliteError: cannot commit - no transaction is active',
    ],
  },
  {
    title: 'lets subscribers write by their DataSource, in the transaction that waits for them',
    on: ['SQLite'],
    options: { subscribers: [Echo] },
    run: async (dataSource) => {
      const tags = dataSource.getRepository(Tags);
      await tags.save({ label: 'a' });
      const doomed = dataSource.transaction(async (manager) => {
        await manager.insert(Tags, { label: 'b' });
        throw new Error('doomed');
      });
      const failed = await caught(doomed);
      return [failed, (await tags.find()).map(({ label }) => label)];
    },
    gives: [
      ['Error', undefined],
      ['a', 'a!', '2!'],
    ],
  },
  {
    title: 'begins transactions where PRAGMA query_only stands, whose writes fail',
    on: ['SQLite'],
    run: async (dataSource) => {
      const seen = await withRunner(dataSource, async (runner) => {
        await runner.query('PRAGMA query_only = ON');
        await runner.startTransaction();
        const failed = await caught(runner.query("INSERT INTO tag (label) VALUES ('a')"));
        const count = await runner.manager.count(Tags);
        await runner.commitTransaction();
        await runner.query('PRAGMA query_only = OFF');
        return [failed, count];
      });
      await dataSource.transaction((manager) => manager.insert(Tags, { label: 'b' }));
      return [...seen, await dataSource.manager.count(Tags)];
    },
    gives: [['QueryFailedError', 'SQLITE_READONLY'], 0, 1],
  },
  {
    title: 'tells of boolean parameters as it binds them',
    on: ['SQLite'],
    run: (dataSource) => dataSource.query('SELEKT ?', [true]).catch(({ parameters }: QueryFailedError) => parameters),
    gives: [1],
  },
  {
    title: 'fails with what the driver says, and reads touch nothing',
    on: ['SQLite'],
    run: async (dataSource) => {
      const none = await dataSource.query(null as never).catch((error: QueryFailedError) => error.message);
      const failed = await dataSource.query('SELEKT').catch((error: QueryFailedError) => error.driverError);
      const classOf = (sql: string) =>
        dataSource.query(sql, [1]).catch(({ driverError }: QueryFailedError) => driverError.constructor);
      const read = await withRunner(dataSource, (runner) => runner.query('SELECT 1 AS a', [], true));
      const classes = [await classOf('SELECT 1'), await classOf(null as never)];
      return [none, Object.keys(failed as object), classes, 'affected' in read];
    },
    gives: ['TypeError: Expected first argument to be a string', ['code'], [RangeError, TypeError], false],
  },
  {
    title: 'tells the logger of errors as the driver throws them',
    on: ['SQLite'],
    options: {
      logging: ['error'],
      logger: { ...quietLogger, logQueryError: (error) => void failures.push((error as Error).constructor) },
    },
    run: async (dataSource) => {
      await caught(dataSource.query('SELECT 1', [1]));
      return failures.splice(0);
    },
    gives: [RangeError],
  },
  {
    title: 'counts what a statement changed only where it gives no rows, as better-sqlite3 does',
    on: ['SQLite'],
    run: (dataSource) =>
      withRunner(dataSource, async (runner) => {
        const answers = [];
        for (const returning of ['', 'RETURNING id']) {
          const sql = `INSERT INTO tag (label) VALUES ('${returning}') ${returning}`;
          answers.push({ ...(await runner.query(sql, [], true)) });
        }
        return answers;
      }),
    gives: [
      { records: [], affected: 1, raw: 1 },
      { records: [{ id: 2 }], raw: [{ id: 2 }] },
    ],
  },
  {
    title: 'fails for an integer of more than 64 bits as better-sqlite3 does',
    on: ['SQLite'],
    run: async (dataSource) => {
      const why = (value: bigint) =>
        dataSource.query('SELECT ? AS a', [value]).catch(({ driverError }: QueryFailedError) => driverError);
      return [await why(2n ** 63n - 1n), await why(-(2n ** 63n)), await why(2n ** 63n), await why(-(2n ** 80n))];
    },
    gives: [
      [{ a: 2n ** 63n - 1n }],
      [{ a: -(2n ** 63n) }],
      ...Array.from({ length: 2 }, () => new RangeError('The bound string, buffer, or bigint is too big')),
    ],
  },
];
