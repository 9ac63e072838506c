import {
  type DataSource,
  DefaultNamingStrategy,
  type EntitySubscriberInterface,
  EventSubscriber,
  type InsertEvent,
  Like,
  type QueryRunner,
} from 'typeorm';
import { caught, type ParityCase, type Tag, Tags, withRunner } from './typeorm-parity-case.js';

const servers = ['PostgreSQL', 'MariaDB'] as const;

class InHouse extends DefaultNamingStrategy {
  override columnName(name: string, given: string, prefixes: string[]): string {
    return `c_${super.columnName(name, given, prefixes)}`;
  }
}

@EventSubscriber()
class Refusing implements EntitySubscriberInterface<Tag> {
  beforeInsert({ entity }: InsertEvent<Tag>): void {
    if (entity.label === 'bad') throw new Error('refused');
  }
  async afterInsert({ entity, manager }: InsertEvent<Tag>): Promise<void> {
    if (!entity.label.startsWith('+')) await manager.save(Tags, { label: `+${entity.label}` });
  }
}

class First1700000000001 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE first_one (a int)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE first_one');
  }
}

class Failing1700000000002 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO nowhere VALUES (1)');
  }
  async down(): Promise<void> {}
}

const labels = async (dataSource: DataSource): Promise<string[]> =>
  (await dataSource.getRepository(Tags).find({ order: { id: 'ASC' } })).map(({ label }) => label);

/** What every engine has, or both servers. */
export const cases: readonly ParityCase[] = [
  {
    title: 'opens, empties and opens again',
    run: async (dataSource) => {
      await dataSource.getRepository(Tags).save({ label: 'gone' });
      await dataSource.synchronize(true);
      const empty = await labels(dataSource);
      const again = await caught(dataSource.initialize());
      await dataSource.destroy();
      const ended = await caught(dataSource.destroy());
      await dataSource.initialize();
      return [empty, again, ended, await labels(dataSource)];
    },
    gives: [[], ['CannotConnectAlreadyConnectedError', undefined], ['CannotExecuteNotConnectedError', undefined], []],
  },
  {
    title: 'names columns and tables as told',
    options: { namingStrategy: new InHouse(), entityPrefix: 'mine_' },
    run: async (dataSource) => {
      await dataSource.getRepository(Tags).save({ label: 'a' });
      return dataSource.query('SELECT c_label FROM mine_tag');
    },
    gives: [{ c_label: 'a' }],
  },
  {
    title: 'takes entities and migrations as an object has them',
    options: { entities: { Tags }, migrations: { First1700000000001 } },
    run: async (dataSource) => {
      await dataSource.runMigrations();
      await dataSource.getRepository(Tags).save({ label: 'a' });
      return [await labels(dataSource), await dataSource.query('SELECT * FROM first_one')];
    },
    gives: [['a'], []],
  },
  {
    title: 'tells subscribers in the transaction of what they are told of',
    options: { subscribers: [Refusing] },
    run: async (dataSource) => {
      const tags = dataSource.getRepository(Tags);
      await tags.save({ label: 'good' });
      return [await caught(tags.save([{ label: 'also' }, { label: 'bad' }])), await labels(dataSource)];
    },
    gives: [
      ['Error', undefined],
      ['good', '+good'],
    ],
  },
  {
    title: 'keeps results, all of them, in the table it is told',
    options: { cache: { tableName: 'kept', alwaysEnabled: true, duration: 60_000 } },
    run: async (dataSource) => {
      const tags = dataSource.getRepository(Tags);
      const found = () => tags.findBy({ label: Like('a%') });
      const before = await found();
      await tags.save({ label: 'a' });
      const kept = await found();
      await dataSource.queryResultCache!.clear();
      return [before.length, kept.length, (await found()).length];
    },
    gives: [0, 0, 1],
  },
  {
    title: 'nests transactions, and rolls back the part that failed',
    run: async (dataSource) => {
      await dataSource.transaction(async (outer) => {
        await outer.save(Tags, { label: 'a' });
        const part = outer.transaction(async (inner) => {
          await inner.save(Tags, { label: 'b' });
          await inner.query('SELEKT');
        });
        await part.catch(() => undefined);
        await outer.save(Tags, { label: 'c' });
      });
      return labels(dataSource);
    },
    gives: ['a', 'c'],
  },
  {
    title: 'works off many calls that begin at once',
    run: async (dataSource) => {
      const tags = dataSource.getRepository(Tags);
      const all = Array.from({ length: 1_200 }, (_, index) => ({ label: String(index) }));
      await Promise.all(all.map((tag) => tags.insert(tag)));
      const found = await Promise.all(all.map((tag) => tags.findOneBy(tag)));
      return found.filter((tag) => tag !== null).length;
    },
    gives: 1_200,
  },
  {
    title: 'rolls back what a runner left open',
    on: servers,
    run: async (dataSource) => {
      await withRunner(dataSource, async (runner) => {
        await runner.startTransaction();
        await runner.manager.save(Tags, { label: 'left' });
        await runner.rollbackTransaction();
      });
      const [a, b] = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
      await a.startTransaction();
      await a.manager.save(Tags, { label: 'a' });
      const beside = await b.manager.count(Tags);
      await a.commitTransaction();
      const after = await b.manager.count(Tags);
      await a.release();
      await b.release();
      return [beside, after];
    },
    gives: [0, 1],
  },
  {
    title: 'locks rows: nowait fails, skip locked skips',
    on: servers,
    run: async (dataSource) => {
      await dataSource.getRepository(Tags).save([{ label: 'a' }, { label: 'b' }]);
      const lock = (onLocked: 'nowait' | 'skip_locked') =>
        dataSource.transaction((manager) =>
          manager.find(Tags, { lock: { mode: 'pessimistic_write', onLocked }, order: { id: 'ASC' } }),
        );
      return dataSource.transaction(async (manager) => {
        await manager.findOne(Tags, { where: { label: 'a' }, lock: { mode: 'pessimistic_write' } });
        const refused = await lock('nowait').catch((error: Error) => error.name);
        return [refused, (await lock('skip_locked')).map(({ label }) => label)];
      });
    },
    gives: ['QueryFailedError', ['b']],
  },
  {
    title: 'creates and drops databases',
    on: servers,
    run: (dataSource) =>
      withRunner(dataSource, async (runner) => {
        const name = `${dataSource.driver.database}_b`;
        await runner.createDatabase(name, true);
        const has = await runner.hasDatabase(name);
        await runner.dropDatabase(name);
        return [has, await runner.hasDatabase(name)];
      }),
    gives: [true, false],
  },
  {
    title: 'streams rows, and is of use after a stream that was left',
    on: servers,
    run: async (dataSource) => {
      await dataSource.getRepository(Tags).save(['a', 'b', 'c'].map((label) => ({ label })));
      return withRunner(dataSource, async (runner) => {
        const rows: unknown[] = [];
        for await (const row of await runner.stream('SELECT label FROM tag ORDER BY id')) rows.push(row);
        return [rows, await runner.query('SELECT count(*) AS n FROM tag WHERE id < 0')];
      });
    },
    gives: [[{ label: 'a' }, { label: 'b' }, { label: 'c' }], [{ n: '0' }]],
  },
  {
    title: 'takes a migration back that failed',
    on: ['PostgreSQL', 'SQLite'],
    options: { migrations: [First1700000000001, Failing1700000000002], migrationsTableName: 'applied' },
    run: async (dataSource) => {
      const failed = await caught(dataSource.runMigrations({ transaction: 'all' }));
      const isThere = await withRunner(dataSource, (runner) => runner.hasTable('first_one'));
      const kept = await caught(dataSource.runMigrations({ transaction: 'each' }));
      const applied = await dataSource.query('SELECT name FROM applied');
      await dataSource.undoLastMigration();
      return [Array.isArray(failed) && failed[0], isThere, Array.isArray(kept) && kept[0], applied];
    },
    gives: ['QueryFailedError', false, 'QueryFailedError', [{ name: 'First1700000000001' }]],
  },
  {
    title: 'says which constraint a row breaks',
    run: async (dataSource) => {
      await dataSource.getRepository(Tags).insert({ label: 'a' });
      return dataSource
        .getRepository(Tags)
        .insert({ label: 'a' })
        .catch((error: { driverError: Error }) => /one_label|tag\.label/.test(error.driverError.message));
    },
    gives: true,
  },
];
