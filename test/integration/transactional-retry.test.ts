import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DirectDatabase, openDatabase } from '../../src/database/index.js';

let directory: string;
let database: DirectDatabase;
let other: DirectDatabase;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-retry-'));
  const url = `sqlite:${join(directory, 'data.db')}`;
  database = await openDatabase({ url, name: 'main', busyTimeout: '30ms' });
  other = await openDatabase({ url, name: 'other' });
  await other.execute('CREATE TABLE t (v)');
});
afterEach(async () => {
  await Promise.all([database.close(), other.close()]);
  await rm(directory, { recursive: true });
});

describe('retry on a lock that another process holds', () => {
  it('runs the method when the lock came free', async () => {
    const holder = await other.beginTransaction();
    await holder.execute('INSERT INTO t VALUES (1)');
    const work = database.transactional(() => database.execute('INSERT INTO t VALUES (2)'), { retry: 50 });
    // It began later and waits as long, so the first attempt of the other has failed by then.
    await expect(database.transactional(() => database.ping())).rejects.toMatchObject({
      code: 'TIMEOUT',
      details: { driverCode: 'SQLITE_BUSY' },
    });
    await holder.commit();
    await expect(work).resolves.toBe(1);
    await expect(other.query('SELECT v FROM t ORDER BY v')).resolves.toEqual([{ v: 1 }, { v: 2 }]);
  });
});
