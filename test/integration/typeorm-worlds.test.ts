import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Database,
  Inject,
  Injectable,
  InjectDatabase,
  InjectDataSource,
  InjectRepository,
  Module,
  Transactional,
} from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import {
  Column,
  type DataSource,
  Entity,
  ManyToOne,
  type MigrationInterface,
  OneToMany,
  PrimaryGeneratedColumn,
  QueryFailedError,
  type QueryRunner,
  type Repository,
} from 'typeorm';
import { bothWorlds } from '../support/both-worlds.js';

@Entity()
class Author {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text', { unique: true }) name!: string;
  @Column('datetime', { nullable: true }) born!: Date | null;
  @Column('blob', { nullable: true }) photo!: Buffer | null;
  @Column('boolean', { default: true }) alive!: boolean;
  @Column('simple-json', { nullable: true }) tags!: string[] | null;
  @OneToMany(() => Book, (book) => book.author, { cascade: true }) books!: Book[];
}

@Entity()
class Book {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') title!: string;
  @ManyToOne(() => Author, (author) => author.books, { nullable: false }) author!: Author;
}

class AddShelf1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE shelf (id integer PRIMARY KEY, label text)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE shelf');
  }
}

@Injectable()
class Library {
  constructor(
    @InjectDatabase() readonly database: Database,
    @InjectDataSource() readonly dataSource: DataSource,
    @InjectRepository(Author) readonly authors: Repository<Author>,
  ) {}

  @Transactional()
  async addThreeWays(fail: boolean): Promise<number> {
    await this.authors.save({ name: 'by repository' });
    await this.database.execute("INSERT INTO author (name) VALUES ('by database')");
    await this.dataSource.manager.save(Author, { name: 'by manager' });
    if (fail) throw new Error('doomed');
    return this.authors.count();
  }
}

@Module({ id: 'library', providers: [Library], entities: [Author, Book], migrations: [AddShelf1700000000000] })
class LibraryModule {
  @Inject(Library) readonly library!: Library;
}

describe.each(bothWorlds(LibraryModule))('TypeORM in a module, $world', ({ boot }) => {
  let app: TestApp;
  let library: Library;
  beforeEach(async () => {
    app = await boot();
    library = app.get(Library);
  });
  afterEach(() => app.close());

  const names = async () => (await library.authors.find({ order: { id: 'ASC' } })).map(({ name }) => name);

  it('saves and finds every kind of column, and relations', async () => {
    const born = new Date('1920-01-02T03:04:05.678Z');
    const photo = Buffer.from([0, 255]);
    const books = [{ title: 'One' }, { title: 'Two' }];
    const saved = await library.authors.save({ name: 'Ann', born, photo, tags: ['x'], books });
    expect(saved.id).toBe(1);
    const found = await library.authors.findOneOrFail({ where: { name: 'Ann' }, relations: { books: true } });
    expect(found).toMatchObject({ id: 1, born, alive: true, tags: ['x'] });
    expect(found.photo).toBeInstanceOf(Buffer);
    expect([...found.photo!]).toEqual([0, 255]);
    expect(found.books.map(({ title }) => title)).toEqual(['One', 'Two']);
  });

  it('builds queries', async () => {
    await library.authors.save([{ name: 'a', books: [{ title: 'One' }] }, { name: 'b' }]);
    const builder = library.dataSource.createQueryBuilder(Author, 'author').leftJoin('author.books', 'book');
    const rows = builder.select('author.name', 'name').addSelect('COUNT(book.id)', 'n').groupBy('author.id');
    expect(await rows.orderBy('author.id').getRawMany()).toEqual([
      { name: 'a', n: 1 },
      { name: 'b', n: 0 },
    ]);
    const inserted = await library.authors.createQueryBuilder().insert().values({ name: 'c' }).execute();
    expect(inserted).toMatchObject({ raw: 3, identifiers: [{ id: 3 }] });
    expect(await library.authors.update({ name: 'c' }, { alive: false })).toMatchObject({ affected: 1 });
    expect(await library.authors.delete({ name: 'c' })).toMatchObject({ affected: 1 });
  });

  it('carries values without loss', async () => {
    const sql =
      "SELECT ? AS big, ? AS float, ? AS zero, ? AS inf, ? AS text, ? AS none, x'00ff' AS bytes, 5 / ? AS two";
    const values = [2n ** 63n - 1n, 0.1, -0, Infinity, '\u{1F600}', null, 2];
    const [row] = await library.dataSource.query<[Record<string, unknown>]>(sql, values);
    expect(row).toEqual({
      big: 2n ** 63n - 1n,
      float: 0.1,
      zero: -0,
      inf: Infinity,
      text: '\u{1F600}',
      none: null,
      bytes: Buffer.from([0, 255]),
      two: 2,
    });
  });

  it('nests transactions as savepoints', async () => {
    await library.dataSource.transaction(async (manager) => {
      await manager.save(Author, { name: 'kept' });
      const nested = manager.transaction(async (inner) => {
        await inner.save(Author, { name: 'taken back' });
        throw new Error('nested');
      });
      await expect(nested).rejects.toThrow('nested');
      await manager.transaction((inner) => inner.save(Author, { name: 'kept too' }));
    });
    expect(await names()).toEqual(['kept', 'kept too']);
  });

  it('shares one transaction among database, repository and manager', async () => {
    await expect(library.addThreeWays(true)).rejects.toThrow('doomed');
    expect(await names()).toEqual([]);
    expect(await library.addThreeWays(false)).toBe(3);
  });

  it('runs migrations and takes them back', async () => {
    const { dataSource } = library;
    expect((await dataSource.runMigrations()).map(({ name }) => name)).toEqual(['AddShelf1700000000000']);
    expect(await library.database.query('SELECT * FROM shelf')).toEqual([]);
    await dataSource.undoLastMigration();
    await expect(library.database.query('SELECT * FROM shelf')).rejects.toThrow(/no such table/);
  });

  it('synchronizes again without a change', async () => {
    await library.authors.save({ name: 'Ann', books: [{ title: 'One' }] });
    await library.dataSource.synchronize();
    expect(await names()).toEqual(['Ann']);
    expect(await library.dataSource.query('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }]);
  });

  it('tells of a table that another connection made, whatever connection answers', async () => {
    const { database } = library;
    const ten = <T extends object>(sql: string) =>
      Promise.all(Array.from({ length: 10 }, () => database.query<T>(sql)));
    await ten('SELECT * FROM author');
    const questions = [
      (table: string) => `PRAGMA index_list("${table}")`,
      (table: string) => `SELECT name FROM pragma_index_list('${table}')`,
      (table: string) => `/* why */ PRAGMA main.foreign_key_list("${table}")`,
    ];
    for (const [index, about] of questions.entries()) {
      const table = `tag${index}`;
      await database.execute(`CREATE TABLE ${table} (label text UNIQUE, author integer REFERENCES author (id))`);
      expect((await ten(about(table))).map((rows) => rows.length)).toEqual(Array.from({ length: 10 }, () => 1));
    }
    const builder = library.dataSource.driver.createSchemaBuilder();
    expect((await builder.log()).upQueries).toEqual([]);
  });

  it('fails with the same QueryFailedError, and refuses to stream', async () => {
    await library.authors.save({ name: 'Ann' });
    const failure = await library.authors.insert({ name: 'Ann' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(QueryFailedError);
    expect(failure).toMatchObject({
      message: 'SqliteError: UNIQUE constraint failed: author.name',
      code: 'SQLITE_CONSTRAINT_UNIQUE',
      driverError: { name: 'SqliteError', code: 'SQLITE_CONSTRAINT_UNIQUE' },
    });
    await expect(library.authors.createQueryBuilder('a').stream()).rejects.toThrow(/Stream is not supported/);
  });

  it('refuses a parameter that is no value as the driver does, and closes as ever', async () => {
    for (const value of [() => 1, Symbol('x')]) {
      const failure = await library.dataSource.query('SELECT ? AS v', [value]).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(QueryFailedError);
      expect(failure).toMatchObject({ message: expect.stringContaining('can only bind numbers, strings') });
    }
    expect(await library.dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('saves forty entities at once, each in a transaction of its own', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, index) => library.authors.save({ name: `author ${index}` })));
    expect(await library.authors.count()).toBe(40);
  });

  it('takes no calls after a statement that was ended, and rolls its transaction back', async () => {
    const stop = new AbortController();
    const work = library.database.transaction(async (tx) => {
      await tx.execute("INSERT INTO author (name) VALUES ('doomed')");
      const running = tx.query(endless, [], { signal: stop.signal });
      stop.abort();
      await running;
    });
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    const slow = library.database.query(endless, [], { timeout: '50ms' });
    await expect(slow).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await library.authors.save({ name: 'next' })).toMatchObject({ name: 'next' });
    expect(await names()).toEqual(['next']);
  });
});

const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';

describe('a module over the wire', () => {
  it.each(["ATTACH 'other.db' AS other", " /* x */ -- y\n;attach 'other.db' as other", "VACUUM INTO 'copy.db'"])(
    'is refused %j',
    async (sql) => {
      await using app = await testModule(LibraryModule).proxied().boot();
      await expect(app.get(Library).dataSource.query(sql)).rejects.toThrow(/not granted/);
      await expect(app.get(Library).database.execute(sql)).rejects.toMatchObject({ code: 'QUERY' });
    },
  );
});
