import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { type DirectDatabase, openDatabase, type OpenDatabaseOptions } from '../../src/database/index.js';
import { ValueError } from '../../src/foundation/index.js';
import { assertFails } from '../contract/database/database-case.js';

/** Busy inside the engine for a while, with nothing that could end it from outside. */
const slowCount = (rows: number) =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT count(*) AS n FROM n`;

let directory: string;
const opened: DirectDatabase[] = [];

async function open(options: Partial<OpenDatabaseOptions> = {}): Promise<DirectDatabase> {
  const database = await openDatabase({ url: `sqlite:${join(directory, 'data.db')}`, name: 'main', ...options });
  opened.push(database);
  return database;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-sqlite-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await rm(directory, { recursive: true });
});

describe('opening a SQLite database', () => {
  it('creates the file and the directories above it, and says what it is', async () => {
    const path = join(directory, 'a', 'b', 'data.db');
    const database = await open({ url: `sqlite:${path}` });
    await expect(access(path)).resolves.toBeUndefined();
    expect(database.description).toBe(`sqlite ${path}`);
  });

  it('fails with CONNECTION naming the path when its directory cannot be made', async () => {
    await writeFile(join(directory, 'file'), '');
    const path = join(directory, 'file', 'data.db');
    const failure = await assertFails(open({ url: `sqlite:${path}` }), 'CONNECTION');
    expect(failure.message).toContain(path);
    expect(failure.message).toContain("'main'");
  });

  it('fails with CONNECTION naming the path when the file is a directory or no database', async () => {
    expect((await assertFails(open({ url: `sqlite:${directory}` }), 'CONNECTION')).message).toContain(directory);
    const path = join(directory, 'text.db');
    await writeFile(path, 'this is a text and not a database, however long one reads on in it');
    const failure = await assertFails(open({ url: `sqlite:${path}` }), 'CONNECTION');
    expect(failure.message).toContain(path);
    expect(failure.details['driverCode']).toBe('SQLITE_NOTADB');
  });

  it('refuses options that cannot be meant', async () => {
    await assertFails(open({ maxConnections: 0 }), 'CONFIGURATION');
    await expect(open({ busyTimeout: 'soon' as '1s' })).rejects.toBeInstanceOf(ValueError);
  });

  it('leaves only the database file when it is closed', async () => {
    const database = await open();
    await database.execute('CREATE TABLE t (v)');
    expect(await readdir(directory)).toContain('data.db-wal');
    await database.close();
    expect(await readdir(directory)).toEqual(['data.db']);
  });
});

describe('the connections of a SQLite file', () => {
  it('do not block this thread while a statement runs', async () => {
    const database = await open();
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 5);
    await database.query(slowCount(1_500_000));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });

  it('answer readers while one of them runs a long statement and while a transaction writes', async () => {
    const database = await open();
    await database.execute('CREATE TABLE t (v)');
    await using tx = await database.beginTransaction();
    await tx.execute('INSERT INTO t VALUES (1)');
    const order: string[] = [];
    const long = database.query(slowCount(1_500_000)).then(() => order.push('long'));
    await database.query('SELECT v FROM t').then(() => order.push('short'));
    await long;
    expect(order).toEqual(['short', 'long']);
  });

  it('are bounded: who gets none in time fails with POOL and how long it waited', async () => {
    const database = await open({ maxConnections: 2, acquireTimeout: '100ms' });
    const held = await Promise.all([
      database.beginTransaction({ readOnly: true }),
      database.beginTransaction({ readOnly: true }),
    ]);
    const failure = await assertFails(database.query('SELECT 1'), 'POOL');
    expect(failure.message).toMatch(/100 ms/);
    expect(failure.retryable).toBe(true);
    await Promise.all(held.map((tx) => tx.rollback()));
    await expect(database.query('SELECT 1 AS a')).resolves.toEqual([{ a: 1 }]);
  });

  it('let a transaction read and write while other writers wait for it, however few they are', async () => {
    const database = await open({ maxConnections: 2 });
    await database.execute('CREATE TABLE t (v)');
    const tx = await database.beginTransaction();
    await tx.execute('INSERT INTO t VALUES (0)');
    const waiting = Array.from({ length: 10 }, (_, index) => database.execute('INSERT INTO t VALUES (?)', [index]));
    // Were a waiting writer to hold a connection, there would be none left for this.
    await expect(database.query('SELECT v FROM t')).resolves.toEqual([]);
    await tx.commit();
    await Promise.all(waiting);
    await expect(database.query('SELECT count(*) AS n FROM t')).resolves.toEqual([{ n: 11 }]);
  });

  it('are replaced when a statement in the engine reaches its timeout, whose caller does not wait for it', async () => {
    const database = await open({ maxConnections: 1 });
    const start = performance.now();
    await assertFails(database.query(slowCount(3_000_000), [], { timeout: '50ms' }), 'TIMEOUT');
    expect(performance.now() - start).toBeLessThan(250);
    await expect(database.query('SELECT 1 AS a')).resolves.toEqual([{ a: 1 }]);
  });

  it('store nothing of a change that was in the engine when its timeout came', async () => {
    const database = await open();
    await database.execute('CREATE TABLE t (v)');
    await assertFails(database.execute(`INSERT INTO t ${slowCount(2_000_000)}`, [], { timeout: '50ms' }), 'TIMEOUT');
    await database.execute('INSERT INTO t VALUES (?)', ['after']);
    await expect(database.query('SELECT v FROM t')).resolves.toEqual([{ v: 'after' }]);
  });

  it('keep a setting made by a statement away from everybody else', async () => {
    const database = await open({ maxConnections: 1 });
    await database.execute('PRAGMA foreign_keys = OFF');
    await assertFails(database.query('PRAGMA foreign_keys = OFF', [], { readOnly: true }), 'QUERY');
    for (const sql of ['PRAGMA foreign_keys(0)', '-- x\nPRAGMA query_only(1)', 'PRAGMA locking_mode(exclusive)'])
      await database.execute(sql);
    await database.execute(';CREATE TEMP TABLE mine (v)');
    await assertFails(database.query('SELECT * FROM mine'), 'QUERY');
    await database.execute('CREATE TABLE t (v)');
    await database.transaction((tx) => tx.execute('PRAGMA cache_size = 7'));
    await expect(database.query('PRAGMA cache_size')).resolves.not.toEqual([{ cache_size: 7 }]);
    await expect(database.query('PRAGMA foreign_keys')).resolves.toEqual([{ foreign_keys: 1 }]);
  });
});

describe('another process that writes', () => {
  it('is waited for', async () => {
    const database = await open();
    await database.execute('CREATE TABLE t (v)');
    const stranger = new BetterSqlite3(join(directory, 'data.db'));
    stranger.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
    const writing = database.execute('INSERT INTO t VALUES (2)');
    const began = database.transaction((tx) => tx.execute('INSERT INTO t VALUES (3)'));
    await expect(database.query('SELECT v FROM t')).resolves.toEqual([]);
    stranger.exec('COMMIT');
    stranger.close();
    await Promise.all([writing, began]);
    await expect(database.query('SELECT v FROM t')).resolves.toEqual([{ v: 1 }, { v: 2 }, { v: 3 }]);
  });

  it('is not waited for longer than the busyTimeout', async () => {
    const database = await open({ busyTimeout: '100ms' });
    await database.execute('CREATE TABLE t (v)');
    const stranger = new BetterSqlite3(join(directory, 'data.db'));
    stranger.exec('BEGIN IMMEDIATE');
    for (const attempt of [() => database.execute('INSERT INTO t VALUES (2)'), () => database.beginTransaction()]) {
      const failure = await assertFails(attempt(), 'TIMEOUT');
      expect(failure.details['driverCode']).toBe('SQLITE_BUSY');
      expect(failure.retryable).toBe(true);
      expect(failure.message).toMatch(/waited \d+ ms/);
    }
    stranger.close();
    await expect(database.execute('INSERT INTO t VALUES (2)')).resolves.toBe(1);
  });
});

describe('closing a SQLite database', () => {
  it('lets running statements and transactions end, and refuses new ones with CLOSED', async () => {
    const database = await open();
    await database.execute('CREATE TABLE t (v)');
    const tx = await database.beginTransaction();
    const running = database.query<{ n: number }>(slowCount(300_000));
    await database.ping();
    const closing = database.close();
    await assertFails(database.query('SELECT 1'), 'CLOSED');
    await assertFails(database.beginTransaction(), 'CLOSED');
    await tx.execute('INSERT INTO t VALUES (1)');
    await tx.commit();
    await expect(running).resolves.toEqual([{ n: 300_000 }]);
    await closing;
    await expect((await open()).query('SELECT v FROM t')).resolves.toEqual([{ v: 1 }]);
  });

  it('rolls back what is still open when its patience ends', async () => {
    const database = await open({ closeTimeout: '100ms' });
    await database.execute('CREATE TABLE t (v)');
    const tx = await database.beginTransaction();
    await tx.execute('INSERT INTO t VALUES (1)');
    await database.close();
    await assertFails(tx.commit(), 'CLOSED');
    await expect((await open()).query('SELECT v FROM t')).resolves.toEqual([]);
  });

  it('may be done twice, and by leaving a scope', async () => {
    const database = await open();
    await database.close();
    await database.close();
    {
      await using scoped = await open();
      await scoped.ping();
    }
    await assertFails(opened.at(-1)!.ping(), 'CLOSED');
  });
});

describe('an in-memory SQLite database', () => {
  it('has stored exactly those changes that did not fail, however short their timeouts', async () => {
    const database = await open({ url: 'sqlite::memory:' });
    await database.execute('CREATE TABLE t (v)');
    const inserts = Array.from({ length: 300 }, (_, index) =>
      database.execute('INSERT INTO t VALUES (?)', [index], { timeout: `${index % 30}ms` }),
    );
    const stored = (await Promise.allSettled(inserts)).flatMap(({ status }, v) =>
      status === 'fulfilled' ? [{ v }] : [],
    );
    expect(stored.length).toBeLessThan(300);
    await expect(database.query('SELECT v FROM t ORDER BY v')).resolves.toEqual(stored);
  });

  it('keeps its data when a statement is ended', async () => {
    const database = await open({ url: 'sqlite::memory:' });
    await database.execute('CREATE TABLE t (v)');
    await database.execute('INSERT INTO t VALUES (1)');
    await assertFails(database.query(slowCount(1_000_000), [], { timeout: '50ms' }), 'TIMEOUT');
    await expect(database.query('SELECT v FROM t')).resolves.toEqual([{ v: 1 }]);
  });

  it('makes who waits behind an open transaction fail with POOL when it takes too long', async () => {
    const database = await open({ url: 'sqlite::memory:', acquireTimeout: '100ms' });
    await using tx = await database.beginTransaction();
    await tx.query('SELECT 1');
    expect((await assertFails(database.query('SELECT 1'), 'POOL')).message).toMatch(/transaction left open/);
  });
});
