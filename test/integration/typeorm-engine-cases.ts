import type { Duplex } from 'node:stream';
import { EntitySchema, type QueryFailedError, View } from 'typeorm';
import { caught, type ParityCase, Tags, withRunner } from './typeorm-parity-case.js';

const Words = new EntitySchema<{ word: string }>({
  name: 'Word',
  columns: { word: { type: 'citext', primary: true } },
});

/** What only one engine has, or some; SQLite's own are in a file of their own. */
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
];
