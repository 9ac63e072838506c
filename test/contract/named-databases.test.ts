import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Database,
  Injectable,
  InjectDatabase,
  InjectDataSource,
  InjectRepository,
  Module,
  Transactional,
} from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import type { DataSource, MigrationInterface, QueryRunner, Repository } from 'typeorm';
import { Book } from '../fixtures/migrated/migrated-module.js';
import { Visit } from '../fixtures/migrated/two-databases-module.js';
import { mariadbAnswers } from '../integration/mariadb-server.js';
import { describeWithPostgres } from '../integration/postgres-server.js';
import { mariadbTestServer, postgresTestServer, type TestServer } from './database/test-server.js';

abstract class AddsTable implements MigrationInterface {
  abstract readonly table: string;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE ${this.table} (id int)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${this.table}`);
  }
}

class AddShelf1700000000001 extends AddsTable {
  readonly table = 'shelf';
}

class AddCounter1700000000002 extends AddsTable {
  readonly table = 'visit_counter';
}

@Injectable()
class Shelves {
  constructor(
    @InjectRepository(Book) readonly books: Repository<Book>,
    @InjectRepository(Visit, 'analytics') readonly visits: Repository<Visit>,
    @InjectDataSource() readonly main: DataSource,
    @InjectDataSource('analytics') readonly analytics: DataSource,
    @InjectDatabase('analytics') readonly database: Database,
  ) {}

  @Transactional({ database: 'analytics' })
  async visitThenFail(failure: Error): Promise<void> {
    await this.visits.insert({ id: 1, page: 'by repository' });
    await this.database.execute("INSERT INTO migrated_visits (id, page) VALUES (2, 'by database')");
    await this.analytics.manager.insert(Visit, { id: 3, page: 'by manager' });
    await this.books.insert({ id: 1, title: 'of another database' });
    throw failure;
  }
}

@Module({
  id: 'shelves',
  providers: [Shelves],
  entities: [Book],
  migrations: [AddShelf1700000000001],
  databases: { analytics: { entities: [Visit], migrations: [AddCounter1700000000002] } },
})
class ShelvesModule {}

type StartServers = (() => Promise<TestServer>) | undefined;

const engines: { engine: string; startServer: StartServers; describe: typeof describe | typeof describe.skip }[] = [
  { engine: 'SQLite', startServer: undefined, describe },
  { engine: 'PostgreSQL', startServer: postgresTestServer, describe: await describeWithPostgres() },
  {
    engine: 'MariaDB',
    startServer: mariadbTestServer,
    describe: (await mariadbAnswers()) ? describe : describe.skip,
  },
];

for (const { engine, startServer, describe: describeOn } of engines) {
  describeOn.each([{ world: 'direct' }, { world: 'proxied' }])(
    `the databases of one module on $engine, $world`.replace('$engine', engine),
    ({ world }) => {
      let servers: TestServer[];
      let app: TestApp;
      let shelves: Shelves;

      beforeAll(async () => {
        servers = startServer ? [await startServer(), await startServer()] : [];
        const [main, analytics] = servers.map(({ url }) => url);
        const env = startServer ? { DATABASE_URL: main!, PYWATT_DATABASE_ANALYTICS_URL: analytics! } : {};
        const test = testModule(ShelvesModule).env(env);
        app = await (world === 'proxied' ? test.proxied() : test).boot();
        shelves = app.get(Shelves);
        await shelves.main.runMigrations();
        await shelves.analytics.runMigrations();
      });

      beforeEach(async () => {
        await shelves.books.clear();
        await shelves.visits.clear();
      });

      afterAll(async () => {
        await app?.close();
        for (const server of servers.toReversed()) await server.close();
      });

      it('has each entity and migration in its own database and in no other', async () => {
        expect([shelves.main.hasMetadata(Book), shelves.main.hasMetadata(Visit)]).toEqual([true, false]);
        expect([shelves.analytics.hasMetadata(Book), shelves.analytics.hasMetadata(Visit)]).toEqual([false, true]);
        const applied = (source: DataSource) => source.query<{ name: string }[]>('SELECT name FROM migrations');
        expect(await applied(shelves.main)).toEqual([{ name: 'AddShelf1700000000001' }]);
        expect(await shelves.database.query('SELECT * FROM visit_counter')).toEqual([]);
        expect(await applied(shelves.analytics)).toEqual([{ name: 'AddCounter1700000000002' }]);
      });

      it('writes with each repository to its own database', async () => {
        await shelves.books.insert({ id: 1, title: 'One' });
        await shelves.visits.insert({ id: 7, page: '/one' });
        expect(await shelves.main.query('SELECT id, title FROM migrated_books')).toEqual([{ id: 1, title: 'One' }]);
        expect(await shelves.database.query('SELECT id, page FROM migrated_visits')).toEqual([{ id: 7, page: '/one' }]);
        await expect(shelves.database.query('SELECT * FROM migrated_books')).rejects.toMatchObject({ code: 'QUERY' });
      });

      it('takes back with @Transactional what was done in its database alone', async () => {
        const failure = new Error('no');
        await expect(shelves.visitThenFail(failure)).rejects.toBe(failure);
        expect(await shelves.visits.count()).toBe(0);
        expect(await shelves.books.count()).toBe(1);
      });
    },
  );
}

describe('a repository of an entity that its database does not have', () => {
  @Injectable()
  class Lost {
    constructor(
      @InjectRepository(Visit, 'analytics') readonly visits: Repository<Visit>,
      @InjectRepository(Book, 'archive') readonly books: Repository<Book>,
    ) {}
  }

  it('is a problem of the boot that names both and says what to write', async () => {
    @Module({ id: 'lost', providers: [Lost], entities: [Visit], databases: { archive: { entities: [Book] } } })
    class LostModule {}
    await expect(testModule(LostModule).boot()).rejects.toMatchObject({
      code: 'GRAPH_INVALID',
      details: {
        problems: [
          {
            code: 'MISSING_PROVIDER',
            where: expect.stringContaining('Lost'),
            message:
              "injects the repository of Visit, which is no entity of database 'analytics' (it is one of database " +
              '\'default\'); add databases: { "analytics": { entities: [Visit] } } to @Module',
          },
        ],
      },
    });
  });
});
