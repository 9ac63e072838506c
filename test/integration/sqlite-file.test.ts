import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { openDatabase } from '../../src/database/index.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-sqlite-'));
});
afterEach(() => rm(directory, { recursive: true }));

const open = (file: string) => openDatabase({ url: `sqlite:${join(directory, file)}`, name: 'main' });

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
