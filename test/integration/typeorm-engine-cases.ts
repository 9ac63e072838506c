import type { Duplex } from 'node:stream';
import { EntitySchema, EventSubscriber, type InsertEvent, type QueryFailedError, View } from 'typeorm';
import { quietLogger } from '../../src/database/typeorm/quiet-logger.js';
import { caught, type ParityCase, type Tag, Tags, withRunner } from './typeorm-parity-case.js';

/** What the logger was told. */
const said: string[] = [];

/** The classes of errors that the logger was told of. */
const failures: unknown[] = [];

const Words = new EntitySchema<{ word: string }>({
  name: 'Word',
  columns: { word: { type: 'citext', primary: true } },
});

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

/** What only one engine has. */
export const engineCases: readonly ParityCase[] = [
  {
    title: 'begins transactions at the level it is told',
    on: ['PostgreSQL'],
    options: { isolationLevel: 'REPEATABLE READ' },
    run: (dataSource) => dataSource.transaction((manager) => manager.query('SHOW transaction_isolation')),
    gives: [{ transaction_isolation: 'repeatable read' }],
  },
  {
    title: 'keeps what a runner sets in its session',
    on: ['PostgreSQL'],
    run: (dataSource) =>
      withRunner(dataSource, async (runner) => {
        await runner.query("SET statement_timeout = '4321ms'");
        await runner.query('CREATE TEMP TABLE mine AS SELECT 1 AS a');
        await runner.query('PREPARE plus AS SELECT $1::int + 1 AS sum');
        await runner.query('LISTEN news');
        const answers = [];
        for (const sql of ['SHOW statement_timeout', 'TABLE mine', 'EXECUTE plus(4)'])
          answers.push(await runner.query(sql));
        return answers;
      }),
    gives: [[{ statement_timeout: '4321ms' }], [{ a: 1 }], [{ sum: 5 }]],
  },
  {
    title: 'logs in with what it is told',
    on: ['PostgreSQL'],
    options: { applicationName: 'ledger', extra: { statement_timeout: 2_345 } },
    run: async (dataSource) => [
      await dataSource.query('SHOW application_name'),
      await dataSource.query('SHOW statement_timeout'),
    ],
    gives: [[{ application_name: 'ledger' }], [{ statement_timeout: '2345ms' }]],
  },
  {
    title: 'has tables in the schema it is told',
    on: ['PostgreSQL'],
    options: { schema: 'tenant', synchronize: false },
    run: async (dataSource) => {
      await withRunner(dataSource, (runner) => runner.createSchema('tenant', true));
      await dataSource.synchronize();
      await dataSource.getRepository(Tags).save({ label: 'a' });
      return dataSource.query('SELECT label FROM tenant.tag');
    },
    gives: [{ label: 'a' }],
  },
  {
    title: 'installs the extensions it is told',
    on: ['PostgreSQL'],
    options: { installExtensions: true, extensions: ['tablefunc'] },
    run: (dataSource) => dataSource.query("SELECT extname FROM pg_extension WHERE extname = 'tablefunc'"),
    gives: [{ extname: 'tablefunc' }],
  },
  {
    title: 'reads big numbers as numbers where told so',
    on: ['MariaDB'],
    options: { bigNumberStrings: false },
    run: (dataSource) =>
      dataSource.query('SELECT CAST(1.5 AS DECIMAL(10,2)) AS d, 9007199254740993 AS big, CAST(5 AS UNSIGNED) AS small'),
    gives: [{ d: '1.50', big: '9007199254740993', small: 5 }],
  },
  {
    title: 'reads dates as text where told so',
    on: ['MariaDB'],
    options: { dateStrings: true },
    run: (dataSource) => dataSource.query("SELECT CAST('2020-01-02 03:04:05.678' AS DATETIME(3)) AS at"),
    gives: [{ at: '2020-01-02 03:04:05.678' }],
  },
  {
    title: 'writes dates in the time zone it is told',
    on: ['MariaDB'],
    options: { timezone: '+05:30' },
    run: (dataSource) => dataSource.query('SELECT CONCAT(?) AS at', [new Date('2020-01-02T03:04:05.678Z')]),
    gives: [{ at: '2020-01-02 08:34:05.678' }],
  },
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
    title: 'runs several statements of one text where told so',
    on: ['MariaDB'],
    options: { multipleStatements: true },
    run: (dataSource) => dataSource.query('SELECT 1 AS a; SELECT 2 AS b'),
    gives: [[{ a: 1 }], [{ b: 2 }]],
  },
  {
    title: 'ends statements that take too long',
    on: ['MariaDB'],
    options: { enableQueryTimeout: true, maxQueryExecutionTime: 150, logger: 'debug' },
    run: (dataSource) => caught(dataSource.query('SELECT SLEEP(2)')),
    gives: ['QueryFailedError', 'PROTOCOL_SEQUENCE_TIMEOUT'],
  },
  {
    title: 'ends its own connection, and goes on with another',
    on: ['MariaDB'],
    run: async (dataSource) => {
      const ended = await withRunner(dataSource, async (runner) => {
        const { stream } = (await runner.connect()) as { stream: Duplex };
        const closed = new Promise((resolve) => stream.once('close', resolve));
        const { driverError } = await runner.query('KILL CONNECTION_ID()').catch((error: QueryFailedError) => error);
        await closed;
        return (driverError as { errno: number }).errno;
      });
      return [ended, await dataSource.query('SELECT 1 AS a')];
    },
    gives: [1927, [{ a: 1 }]],
  },
  {
    title: 'keeps the names of views in its own table, of its own database',
    on: ['MariaDB'],
    options: { synchronize: false, entities: [] },
    run: (dataSource) =>
      withRunner(dataSource, async (runner) => {
        const view = new View({ name: 'seen', expression: 'SELECT 1 AS a' });
        const failed = await runner.createView(view, true).catch(({ query }: QueryFailedError) => query);
        const [row] = (await runner.query('SELECT DATABASE() AS name')) as { name: string }[];
        return String(failed).startsWith(`INSERT INTO \`${row?.name}\`.\`typeorm_metadata\``);
      }),
    gives: true,
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
    title: 'tells of boolean parameters as it binds them',
    on: ['SQLite'],
    run: (dataSource) => dataSource.query('SELEKT ?', [true]).catch(({ parameters }: QueryFailedError) => parameters),
    gives: [1],
  },
  {
    title: 'fails in a released runner as TypeORM does',
    run: async (dataSource) => {
      const runner = dataSource.createQueryRunner();
      await runner.query('SELECT 1');
      await runner.release();
      return caught(runner.query('SELECT 1'));
    },
    gives: ['QueryRunnerAlreadyReleasedError', undefined],
  },
  {
    title: 'installs the extensions that columns need',
    on: ['PostgreSQL'],
    options: { entities: [Words], synchronize: false },
    run: async (dataSource) => {
      await dataSource.synchronize();
      await dataSource.getRepository(Words).insert({ word: 'Ab' });
      return dataSource.getRepository(Words).findBy({ word: 'aB' });
    },
    gives: [{ word: 'Ab' }],
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
