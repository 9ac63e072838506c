import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { createDataSource, type DirectDatabase, openDatabase } from '../../src/database/index.js';
import { quietLogger } from '../../src/database/typeorm/quiet-logger.js';

@Entity()
class Note {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text', { unique: true }) title!: string;
  @Column('jsonb') tags!: string[];
  @Column('timestamptz', { nullable: true }) read!: Date | null;
}

@Entity()
class Card {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('citext') word!: string;
  @Column('hstore', { hstoreType: 'object' }) marks!: object;
  @Column('ltree') path!: string;
  @Column('cube') at!: number[];
}

// PGlite makes a new cluster each time, which takes seconds of computing.
const startMs = 120_000;

describe('a PGlite database in memory', () => {
  let database: DirectDatabase;

  beforeAll(async () => {
    const url = 'pglite:memory';
    database = await openDatabase({ url, name: 'main', entities: [Note], synchronize: true, acquireTimeout: '1s' });
  }, startMs);

  afterAll(() => database?.close());

  afterEach(() => database.execute('TRUNCATE note'));

  it('says what it is', () => {
    expect(database).toMatchObject({ type: 'postgres', description: 'pglite memory', isSingleConnection: true });
  });

  it('answers queries with the values of PostgreSQL', async () => {
    const sql = 'SELECT $1::int8 AS big, $2::text AS text, $3::bytea AS bytes, ARRAY[1, 2] AS list, 1.50::numeric AS n';
    expect(await database.queryOne(sql, [9_007_199_254_740_993n, 'ünïcode 🐘', Buffer.from([0, 255])])).toEqual({
      big: 9_007_199_254_740_993n,
      text: 'ünïcode 🐘',
      bytes: Buffer.from([0, 255]),
      list: [1, 2],
      n: '1.50',
    });
  });

  it('says POOL in time, and what to do, when somebody has the only connection, another DataSource among them', async () => {
    const only = /no connection came free within \d+ ms\. It has only one connection: end the transaction, or release/;
    const other = createDataSource(database.dataSource);
    await other.initialize();
    const held = await database.beginTransaction();
    await held.query('SELECT 1');
    await expect(database.query('SELECT 1')).rejects.toMatchObject({
      code: 'POOL',
      message: expect.stringMatching(only),
    });
    await expect(other.query('SELECT 1')).rejects.toMatchObject({
      code: 'PW001',
      message: expect.stringMatching(only),
    });
    await held.rollback();
    const runner = other.createQueryRunner();
    await runner.startTransaction();
    await expect(database.query('SELECT 1')).rejects.toMatchObject({
      code: 'POOL',
      message: expect.stringMatching(only),
    });
    await runner.rollbackTransaction();
    await runner.release();
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await other.destroy();
  });

  it('goes on after errors, which have the SQLSTATE and the constraint', async () => {
    const insert = "INSERT INTO note (title, tags) VALUES ($1, '[]')";
    expect(await database.execute(insert, ['once'])).toBe(1);
    await expect(database.execute(insert, ['once'])).rejects.toMatchObject({
      code: 'QUERY',
      details: { driverCode: '23505', constraint: expect.any(String) },
    });
    await expect(database.query('SELEC 1')).rejects.toMatchObject({ details: { driverCode: '42601' } });
    expect(await database.query('SELECT title FROM note')).toEqual([{ title: 'once' }]);
  });

  it('keeps what a transaction commits and nothing else', async () => {
    const insert = "INSERT INTO note (title, tags) VALUES ($1, '[]')";
    await database.transaction((tx) => tx.execute(insert, ['kept']));
    const failure = new Error('no');
    const failing = database.transaction(async (tx) => {
      await tx.execute(insert, ['lost']);
      await tx.query('SELECT 1/0').catch(() => undefined);
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(await database.query('SELECT title FROM note')).toEqual([{ title: 'kept' }]);
  });

  it('lets those wait who come while a transaction is open, and no longer than they may', async () => {
    const tx = await database.beginTransaction();
    await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'POOL' });
    const waiting = database.query('SELECT 1 AS one');
    await tx.rollback();
    expect(await waiting).toEqual([{ one: 1 }]);
  });

  it('keeps a session for the connection that changed it, and no longer', async () => {
    const sql = `SELECT current_setting('application_name') AS name, to_regclass('left_behind')::text AS temporary,
      (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory') AS locks`;
    const runner = database.dataSource.createQueryRunner();
    await runner.query("SET application_name = 'left behind'");
    await runner.query('CREATE TEMP TABLE left_behind (id int)');
    await runner.query('SELECT pg_advisory_lock(7)');
    const waiting = database.queryOne(sql);
    expect(await runner.query(sql)).toEqual([{ name: 'left behind', temporary: 'left_behind', locks: 1 }]);
    await runner.release();
    expect(await waiting).toEqual({ name: '', temporary: null, locks: 0 });
  });

  it('lends the connection to many: a query runner that does nothing blocks nobody', async () => {
    const idle = database.dataSource.createQueryRunner();
    await idle.query('SELECT 1');
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => database.queryOne('SELECT $1::int AS n', [n])),
    );
    expect(answers).toEqual(answers.map((_, n) => ({ n })));
    expect(await idle.query('SELECT 2 AS two')).toEqual([{ two: 2 }]);
    await idle.release();
  });

  it('streams by a cursor, and goes on when a stream is left early', async () => {
    const sql = 'SELECT n, repeat($1, 100) AS text FROM generate_series(1, 20000) AS n';
    let sum = 0;
    for await (const { n } of database.stream<{ n: number }>(sql, ['x'])) sum += n;
    expect(sum).toBe((20_000 * 20_001) / 2);
    for await (const { n } of database.stream<{ n: number }>(sql, ['x'])) if (n === 150) break;
    // The statement that asks has a portal of its own.
    const left = "SELECT count(*)::int AS cursors FROM pg_cursors WHERE statement NOT LIKE '%pg_cursors%'";
    expect(await database.query(left)).toEqual([{ cursors: 0 }]);
  });

  it('logs notices of each use of the connection where TypeORM is told to', async () => {
    const said: unknown[] = [];
    const logger = { ...quietLogger, log: (_level: string, message: unknown) => void said.push(message) };
    const source = await createDataSource(database.dataSource, { logNotifications: true, logger }).initialize();
    for (const text of ['one', 'two']) await source.query(`DO $$ BEGIN RAISE NOTICE '${text}'; END $$`);
    await source.query("LISTEN news; NOTIFY news, 'three'");
    await source.destroy();
    expect(said).toEqual(['one', 'two', 'Received NOTIFY on channel news: three.']);
  });

  it('has the extensions that TypeORM installs for columns', async () => {
    const source = createDataSource(database.dataSource, { type: 'postgres', entities: [Card], synchronize: true });
    await source.initialize();
    try {
      await source.getRepository(Card).save({ word: 'Ab', marks: { a: '1' }, path: 'a.b', at: [1, 2] });
      const [card] = await source.getRepository(Card).findBy({ word: 'aB' });
      expect(card).toEqual({
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        word: 'Ab',
        marks: { a: '1' },
        path: 'a.b',
        at: [1, 2],
      });
      for (const name of ['btree_gist', 'pgcrypto']) await source.query(`CREATE EXTENSION ${name}`);
    } finally {
      await source.query('DROP TABLE card');
      await source.destroy();
    }
  });

  it('carries large values whole', async () => {
    const bytes = Buffer.alloc(3 * 1024 ** 2, 'pglite');
    const row = await database.queryOne<{ bytes: Buffer }>('SELECT $1::bytea AS bytes', [bytes]);
    expect(row?.bytes.equals(bytes)).toBe(true);
  });

  it('answers who runs out of time at once, and lets others wait, in time, until the engine has ended the statement', async () => {
    const running = database.transaction(async (tx) => {
      await tx.execute("INSERT INTO note (title, tags) VALUES ('doomed', '[]')");
      await tx.query('SELECT count(*) FROM generate_series(1, 5000000)', [], { timeout: '20ms' });
    });
    await expect(running).rejects.toMatchObject({ code: 'TIMEOUT' });
    const told: unknown[] = [];
    const titles = () => database.query('SELECT title FROM note').catch((error: unknown) => void told.push(error));
    let rows: unknown;
    while (rows === undefined) rows = await titles();
    expect(rows).toEqual([]);
    for (const error of told) expect(error).toMatchObject({ code: 'POOL', retryable: true });
  });

  it('saves and finds entities', async () => {
    const notes = database.repository(Note);
    const read = new Date('2026-01-02T03:04:05.678Z');
    const { id } = await notes.save({ title: 'entity', tags: ['a', 'b'], read });
    expect(await notes.findOneBy({ title: 'entity' })).toEqual({ id, title: 'entity', tags: ['a', 'b'], read });
    const failure = new Error('no');
    const failing = database.dataSource.transaction(async (manager) => {
      await manager.update(Note, id, { title: 'changed' });
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(await notes.countBy({ title: 'entity' })).toBe(1);
  });
});
