import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Column,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  QueryFailedError,
  type Repository,
} from 'typeorm';
import { attachTransactions, type DirectDatabase, openDatabase, Transactional } from '../../src/database/index.js';
import { assertFails } from '../contract/database/database-case.js';

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

class Shelf {
  constructor(
    readonly database: DirectDatabase,
    readonly authors: Repository<Author>,
  ) {}

  @Transactional()
  async addBoth(first: string, second: string, options: { fail?: Error } = {}): Promise<number> {
    await this.authors.save({ name: first });
    await this.database.execute('INSERT INTO author (name) VALUES (?)', [second]);
    if (options.fail) throw options.fail;
    return this.authors.count();
  }

  @Transactional()
  async addAllButKeepGoing(fail: Error): Promise<void> {
    await this.authors.save({ name: 'outer' });
    await this.addBoth('a', 'b', { fail }).catch(() => undefined);
  }

  @Transactional()
  async addInside(): Promise<void> {
    await this.authors.save({ name: 'first' });
    await this.database.transaction((tx) => tx.execute("INSERT INTO author (name) VALUES ('second')"));
    await this.addBoth('third', 'fourth');
    await this.authors.manager.transaction(async (manager) => {
      await manager.getRepository(Author).save({ name: 'fifth' });
    });
  }
}

let directory: string;
let database: DirectDatabase;
let authors: Repository<Author>;
let shelf: Shelf;

const names = async () => (await authors.find({ order: { id: 'ASC' } })).map(({ name }) => name);

describe.each(['file', 'memory'])('TypeORM on a SQLite %s', (kind) => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pywatt-typeorm-'));
    const url = kind === 'file' ? `sqlite:${join(directory, 'data.db')}` : 'sqlite::memory:';
    database = await openDatabase({ url, name: 'main', entities: [Author, Book], synchronize: true });
    authors = database.repository(Author);
    shelf = new Shelf(database, authors);
    attachTransactions(shelf, () => database);
  });

  afterEach(async () => {
    await database.close();
    await rm(directory, { recursive: true });
  });

  it('saves and finds entities with every kind of column, and their relations', async () => {
    const born = new Date('1920-01-02T03:04:05.678Z');
    const saved = await authors.save({
      name: 'Ann',
      born,
      photo: Buffer.from([0, 255]),
      tags: ['x'],
      books: [{ title: 'One' }, { title: 'Two' }],
    });
    expect(saved.id).toBe(1);
    const found = await authors.findOneOrFail({ where: { name: 'Ann' }, relations: { books: true } });
    expect(found).toMatchObject({ id: 1, born, alive: true, tags: ['x'] });
    expect([...found.photo!]).toEqual([0, 255]);
    expect(found.books.map(({ title }) => title)).toEqual(['One', 'Two']);
    await authors.update({ id: 1 }, { alive: false });
    await expect(authors.countBy({ alive: false })).resolves.toBe(1);
    await database.repository(Book).delete({ author: { id: 1 } });
    await authors.remove(found);
    await expect(authors.count()).resolves.toBe(0);
  });

  it('synchronizes the same entities again without a change', async () => {
    await authors.save({ name: 'Ann' });
    await database.dataSource.synchronize();
    await expect(names()).resolves.toEqual(['Ann']);
    await expect(database.query('PRAGMA foreign_keys')).resolves.toEqual([{ foreign_keys: 1 }]);
  });

  it('saves forty entities at once, each in a transaction of its own', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, index) => authors.save({ name: `author ${index}` })));
    await expect(authors.count()).resolves.toBe(40);
  });

  it('runs ten transactions of its own at once, half of them rolled back', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        database.dataSource.transaction(async (manager) => {
          await manager.getRepository(Author).save({ name: `author ${index}` });
          if (index % 2 === 1) throw new Error('undo');
        }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    await expect(authors.count()).resolves.toBe(5);
  });

  it('fails with its own QueryFailedError, which carries the code of the driver', async () => {
    await authors.save({ name: 'Ann' });
    const saving = authors.save({ name: 'Ann' });
    await expect(saving).rejects.toBeInstanceOf(QueryFailedError);
    await expect(saving).rejects.toMatchObject({
      driverError: { name: 'SqliteError', code: 'SQLITE_CONSTRAINT_UNIQUE' },
    });
  });

  it('refuses the repository of an entity it was not given', async () => {
    class Stranger {}
    await assertFails((async () => database.repository(Stranger))(), 'CONFIGURATION');
  });

  it('commits a @Transactional method with everything it did, in whatever way', async () => {
    await expect(shelf.addBoth('Ann', 'Bob')).resolves.toBe(2);
    await expect(names()).resolves.toEqual(['Ann', 'Bob']);
  });

  it('rolls back a @Transactional method that throws, with the very error', async () => {
    const fail = new Error('mine');
    await expect(shelf.addBoth('Ann', 'Bob', { fail })).rejects.toBe(fail);
    await expect(names()).resolves.toEqual([]);
  });

  it('joins what stands inside a @Transactional method', async () => {
    await shelf.addInside();
    await expect(names()).resolves.toEqual(['first', 'second', 'third', 'fourth', 'fifth']);
  });

  it('rolls back the whole when a part failed and its error was swallowed', async () => {
    const fail = new Error('mine');
    const failure = await assertFails(shelf.addAllButKeepGoing(fail), 'TRANSACTION');
    expect(failure.cause).toBe(fail);
    await expect(names()).resolves.toEqual([]);
  });

  it('keeps @Transactional methods that run at once apart', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        shelf.addBoth(`a${index}`, `b${index}`, index % 2 === 1 ? { fail: new Error('undo') } : {}),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    await expect(authors.count()).resolves.toBe(10);
  });

  it('refuses beginTransaction inside a @Transactional method', async () => {
    await assertFails(
      database.transactional(() => database.beginTransaction()),
      'TRANSACTION',
    );
  });

  it('refuses a repository that would wait for the transaction(work) it is called in', async () => {
    await authors.save({ name: 'old' });
    await database.transaction(async (tx) => {
      await tx.execute("UPDATE author SET name = 'new'");
      await assertFails(authors.save({ name: 'other' }), 'TRANSACTION');
      if (kind === 'file') await expect(names()).resolves.toEqual(['old']);
      else await assertFails(authors.find(), 'TRANSACTION');
    });
    await expect(names()).resolves.toEqual(['new']);
  });
});
