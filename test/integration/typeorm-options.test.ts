import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createDataSource, Inject, Injectable, InjectDataSource, InjectRepository, Module } from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import {
  type DataSource,
  DefaultNamingStrategy,
  EntitySchema,
  type EntitySubscriberInterface,
  EventSubscriber,
  type InsertEvent,
  type Logger,
  type Repository,
} from 'typeorm';
import { openDatabase } from '../../src/database/index.js';
import { bothWorlds } from '../support/both-worlds.js';

interface Note {
  id: number;
  text: string;
}

const Notes = new EntitySchema<Note>({
  name: 'Note',
  columns: {
    id: { type: Number, primary: true, generated: true },
    text: { type: String },
  },
});

@EventSubscriber()
class Shouting implements EntitySubscriberInterface<Note> {
  beforeInsert({ entity }: InsertEvent<Note>): void {
    entity.text = entity.text.toUpperCase();
  }
}

class InBooks extends DefaultNamingStrategy {
  override tableName(name: string, given: string | undefined): string {
    return `book_${super.tableName(name, given)}`;
  }
}

class AddShelf1700000000000 {
  async up(): Promise<void> {}
  async down(): Promise<void> {}
}

const said: string[] = [];
const logger = {
  logQuery: (sql: string) => said.push(sql),
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
} satisfies Logger;

@Injectable()
class Desk {
  constructor(
    @InjectDataSource() readonly dataSource: DataSource,
    @InjectRepository(Notes) readonly notes: Repository<Note>,
  ) {}
}

@Module({
  id: 'desk',
  providers: [Desk],
  entities: [Notes],
  migrations: [AddShelf1700000000000],
  typeorm: {
    subscribers: [Shouting],
    namingStrategy: new InBooks(),
    migrationsTableName: 'applied',
    cache: { tableName: 'kept_results' },
    logger,
  },
})
class DeskModule {
  @Inject(Desk) readonly desk!: Desk;
}

describe.each(bothWorlds(DeskModule))('what a module chooses of TypeORM, $world', ({ boot }) => {
  async function withDesk(work: (desk: Desk, app: TestApp) => Promise<void>): Promise<void> {
    await using app = await boot();
    await work(app.get(Desk), app);
  }

  it('is heeded: schemas of entities, subscribers, names, the logger', () =>
    withDesk(async ({ dataSource, notes }) => {
      said.length = 0;
      expect(await notes.save({ text: 'quiet' })).toEqual({ id: 1, text: 'QUIET' });
      expect(said.filter((sql) => sql.startsWith('INSERT INTO "book_note"'))).toHaveLength(1);
      await dataSource.runMigrations();
      expect(await dataSource.query('SELECT name FROM applied')).toEqual([{ name: 'AddShelf1700000000000' }]);
    }));

  it('is heeded: the result cache in a table', () =>
    withDesk(async ({ dataSource, notes }) => {
      const cached = () => notes.find({ cache: { id: 'all', milliseconds: 60_000 } });
      await notes.save({ text: 'one' });
      expect(await cached()).toHaveLength(1);
      await notes.save({ text: 'two' });
      expect(await cached()).toHaveLength(1);
      await dataSource.queryResultCache!.remove(['all']);
      expect(await cached()).toHaveLength(2);
      expect(await dataSource.query('SELECT count(*) AS n FROM kept_results')).toEqual([{ n: 1 }]);
    }));

  it('is another DataSource by createDataSource, which opens and closes as often as wanted', () =>
    withDesk(async ({ dataSource, notes }) => {
      const other = createDataSource(dataSource, { entities: [Notes], entityPrefix: 'other_' });
      expect(other.isInitialized).toBe(false);
      await other.initialize();
      await other.synchronize();
      await other.getRepository(Notes).save({ text: 'as it is' });
      await other.transaction((manager) => manager.save(Notes, { text: 'two' }));
      await other.destroy();
      await other.initialize();
      expect(await other.query('SELECT text FROM other_note ORDER BY id')).toEqual([
        { text: 'as it is' },
        { text: 'two' },
      ]);
      const left = other.createQueryRunner();
      await left.startTransaction();
      await left.manager.save(Notes, { text: 'never committed' });
      await other.destroy();
      expect(await notes.save({ text: 'still open' })).toMatchObject({ text: 'STILL OPEN' });
      expect(await dataSource.query('SELECT count(*) AS n FROM other_note')).toEqual([{ n: 2 }]);
    }));

  it('may be no entity with a database of its own, which is said', () =>
    withDesk(async ({ dataSource }) => {
      const Elsewhere = new EntitySchema({
        name: 'Elsewhere',
        database: 'other.db',
        columns: { id: { type: Number, primary: true } },
      });
      const other = createDataSource(dataSource, { entities: [Elsewhere] });
      const failure = await other.initialize().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'CONFIGURATION', message: expect.stringContaining('other.db') });
    }));

  it('may be entities in files', () =>
    withDesk(async ({ dataSource }) => {
      const directory = await mkdtemp(join(tmpdir(), 'pywatt-entities-'));
      try {
        const text = `const { EntitySchema } = require(${JSON.stringify(join(process.cwd(), 'node_modules/typeorm'))});
          exports.Pin = new EntitySchema({ name: 'Pin', columns: { id: { type: Number, primary: true } } });`;
        await writeFile(join(directory, 'pin.cjs'), text);
        const other = createDataSource(dataSource, { entities: [join(directory, '*.cjs')], synchronize: true });
        await other.initialize();
        expect(other.entityMetadatas.map(({ name }) => name)).toEqual(['Pin']);
        expect(await other.getRepository('Pin').count()).toBe(0);
        await other.destroy();
      } finally {
        await rm(directory, { recursive: true });
      }
    }));
});

@Module({ id: 'still', providers: [Desk], entities: [Notes], typeorm: { synchronize: false } })
class StillModule {}

describe.each(bothWorlds(StillModule))('synchronize of a module, $world', ({ boot }) => {
  it('comes before that of its world', async () => {
    await using app = await boot();
    await expect(app.get(Desk).notes.count()).rejects.toThrow(/no such table/);
  });
});

it('synchronize of a program creates tables where its world would not', async () => {
  const options = { url: 'sqlite::memory:', name: 'main', entities: [Notes] };
  await using database = await openDatabase({ ...options, synchronize: false, typeorm: { synchronize: true } });
  expect(await database.query('SELECT * FROM note')).toEqual([]);
});

it('createDataSource refuses a DataSource that it knows nothing of', () => {
  expect(() => createDataSource({} as DataSource)).toThrow(/none of this package/);
});

it('createDataSource refuses to connect elsewhere, and options of another engine', async () => {
  await using database = await openDatabase({ url: 'sqlite::memory:', name: 'main' });
  const make = (options: object) => () => createDataSource(database.dataSource, options);
  expect(make({ host: 'db.example' })).toThrow(/'host' is not for it to choose: leave it out/);
  expect(make({ replication: { master: {}, slaves: [] } })).toThrow(/'replication'/);
  expect(make({ password: undefined, name: 'second' })).not.toThrow();
  const sqlite = { type: 'better-sqlite3', database: 'elsewhere.db', key: '' };
  expect(make(sqlite)).not.toThrow();
  for (const option of ['prepareDatabase', 'verbose', 'key'])
    expect(make({ ...sqlite, [option]: () => undefined })).toThrow(`'${option}', which reaches into the engine`);
  expect(make({ type: 'mysql', host: 'db.example' })).toThrow(/for mysql, .* of better-sqlite3/);
});

it('two modules that want different things of one database do not boot', async () => {
  @Module({ id: 'annex', entities: [Notes], typeorm: { entityPrefix: 'a_' } })
  class AnnexModule {}
  @Module({ id: 'house', imports: [AnnexModule], typeorm: { entityPrefix: 'h_' } })
  class HouseModule {}
  const boot = testModule(HouseModule).boot();
  await expect(boot).rejects.toMatchObject({
    code: 'GRAPH_INVALID',
    message: expect.stringContaining("another typeorm.entityPrefix for database 'default'"),
  });
});
