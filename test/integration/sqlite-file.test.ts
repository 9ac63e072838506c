import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseError, openDatabase } from '../../src/database/index.js';
import { databaseWorlds } from './database-worlds.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-sqlite-'));
});
afterEach(() => rm(directory, { recursive: true }));

const open = (file: string) => openDatabase({ url: `sqlite:${join(directory, file)}`, name: 'main' });

/** A file with one row, in the mode that SQLite begins in or ahead of which a log is written. */
function written(path: string, mode: 'delete' | 'wal'): void {
  const writer = new BetterSqlite3(path);
  writer.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (v); INSERT INTO t VALUES (1)`);
  writer.close();
}

/** What a process says of a file that has no more rights than those of files say, as root has. */
async function asUser(path: string): Promise<unknown[]> {
  const program = resolve(import.meta.dirname, '../fixtures/mains/uses-a-database.ts');
  const node = [process.execPath, '--import', 'tsx', program, `sqlite:${path}`];
  const unprivileged = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
  const [file, ...args] = userInfo().uid === 0 ? [...unprivileged, ...node] : node;
  const { stdout } = await promisify(execFile)(file!, args, { env: { ...process.env, NODE_OPTIONS: '' } });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** A file whose rows are still in its log, as a crash leaves it. */
async function crashed(file: string, rows: number): Promise<void> {
  const writer = new BetterSqlite3(join(directory, 'written.db'));
  writer.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (v)');
  const insert = writer.prepare('INSERT INTO t VALUES (?)');
  writer.transaction(() => {
    for (let row = 0; row < rows; row++) insert.run('x'.repeat(2_000));
  })();
  for (const suffix of ['', '-wal'])
    await copyFile(join(directory, `written.db${suffix}`), join(directory, file + suffix));
  writer.close();
}

it('several processes open a file at once that a crash has left with a long log, and wait for the one that reads it', async () => {
  await crashed('data.db', 30_000);
  const databases = await Promise.all(Array.from({ length: 6 }, () => open('data.db')));
  const counts = await Promise.all(databases.map((database) => database.query('SELECT count(*) AS n FROM t')));
  expect(counts).toEqual(Array.from({ length: 6 }, () => [{ n: 30_000 }]));
  for (const database of databases) await database.close();
});

it.each(['delete', 'wal'] as const)('a file that may not be written is read (journal mode %s)', async (mode) => {
  const path = join(directory, 'data.db');
  written(path, mode);
  await chmod(path, 0o444);
  const [rows, failure] = await asUser(path);
  expect(rows).toEqual([{ v: 1 }]);
  expect(failure).toMatchObject({ code: 'QUERY', driverCode: 'SQLITE_READONLY' });
  expect(failure).toHaveProperty('message', expect.stringMatching(/the file is for reading only/));
});

it('a directory where no log can be made is named, and what to do', async () => {
  const inside = join(directory, 'inside');
  await mkdir(inside);
  written(join(inside, 'data.db'), 'wal');
  await chmod(inside, 0o555);
  try {
    for (const [file, driverCode] of [
      ['data.db', 'SQLITE_READONLY_DIRECTORY'],
      ['other.db', 'SQLITE_CANTOPEN'],
    ]) {
      const [failure] = await asUser(join(inside, file!));
      const message = expect.stringContaining(`this process may not write in ${inside}`);
      expect(failure).toMatchObject({ code: 'CONNECTION', driverCode, message });
    }
  } finally {
    await chmod(inside, 0o755);
  }
});

describe.each(databaseWorlds)('a file that is no good, $world', ({ open: openWorld }) => {
  it.each([
    ['a directory', '', 'it is a directory; name a file', 'SQLITE_CANTOPEN'],
    ['no database', 'text.db', 'is no database of SQLite', 'SQLITE_NOTADB'],
    ['in a directory that is a file', 'text.db/data.db', 'its directory cannot be made', 'EEXIST'],
  ])('is a DatabaseError that says what it is: %s', async (_title, file, what, driverCode) => {
    await writeFile(join(directory, 'text.db'), 'this is a text and not a database, however long one reads on in it');
    const failure = await openWorld(`sqlite:${join(directory, file)}`).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(DatabaseError);
    expect(failure).toMatchObject({ code: 'CONNECTION', details: { driverCode, path: join(directory, file) } });
    expect(failure).toHaveProperty('message', expect.stringContaining(what));
  });

  it('that has no room left says so, and keeps what was committed', async () => {
    const opened = await openWorld(`sqlite:${join(directory, 'data.db')}`);
    const { database } = opened;
    try {
      await database.execute('CREATE TABLE t (v)');
      await database.execute('INSERT INTO t VALUES (1)');
      const filling = database.transaction(async (part) => {
        await part.execute('PRAGMA max_page_count = 3');
        await part.execute('INSERT INTO t VALUES (?)', ['x'.repeat(100_000)]);
      });
      await expect(filling).rejects.toMatchObject({
        code: 'QUERY',
        details: { driverCode: 'SQLITE_FULL' },
        message: expect.stringContaining('make room'),
      });
      await database.execute('INSERT INTO t VALUES (2)');
      await expect(database.query('SELECT v FROM t')).resolves.toEqual([{ v: 1 }, { v: 2 }]);
    } finally {
      await opened.close();
    }
  });
});
