import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, InjectDatabase, InjectDataSource, Module, type Database } from '@pywatt/sdk';
import { CannotExecuteNotConnectedError, type DataSource, QueryFailedError } from 'typeorm';
import { PooledSessions } from '../../src/database/sqlite/pooled-sessions.js';
import { SqlitePool } from '../../src/database/sqlite/sqlite-pool.js';
import { SqliteDataSource } from '../../src/database/typeorm/sqlite-data-source.js';
import { bothWorlds } from '../support/both-worlds.js';

@Injectable()
class Reader {
  constructor(
    @InjectDatabase() readonly database: Database,
    @InjectDataSource() readonly dataSource: DataSource,
  ) {}
}

@Module({ id: 'reader', providers: [Reader] })
class ReaderModule {
  @Inject(Reader) readonly reader!: Reader;
}

describe.each(bothWorlds(ReaderModule))('the DataSource of SQLite once it is destroyed, $world', ({ boot }) => {
  it('fails as TypeORM does, also in a runner that was made before, and the Database with CLOSED', async () => {
    await using app = await boot();
    const { dataSource, database } = app.get(Reader);
    const runner = dataSource.createQueryRunner();
    await runner.query('SELECT 1');
    await dataSource.destroy();
    const message = 'TypeError: The database connection is not open';
    for (const work of [() => dataSource.query('SELECT 1'), () => runner.query('SELECT 1')]) {
      const failure = await work().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(QueryFailedError);
      expect(failure).toMatchObject({ message, query: 'SELECT 1', driverError: { name: 'TypeError' } });
      expect(failure).not.toHaveProperty('code');
    }
    await expect(runner.startTransaction()).rejects.toThrow(message);
    await expect(dataSource.destroy()).rejects.toBeInstanceOf(CannotExecuteNotConnectedError);
    await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(database.beginTransaction()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

it('the DataSource of SQLite that is not initialized fails as TypeORM does, and opens no file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-sqlite-'));
  const path = join(directory, 'data.db');
  const waits = { acquireTimeoutMs: 1_000, busyTimeoutMs: 1_000, idleTimeoutMs: 1_000, closeTimeoutMs: 1_000 };
  const pool = new SqlitePool({ database: 'main', path, maxConnections: 2, ...waits });
  const dataSource = new SqliteDataSource({
    sessions: new PooledSessions(pool),
    statementTimeoutMs: 1_000,
    schema: { entities: [], migrations: [], typeorm: {}, synchronize: false },
    place: () => ({ kind: 'free' }),
  });
  try {
    await expect(dataSource.query('SELECT 1')).rejects.toBeInstanceOf(CannotExecuteNotConnectedError);
    await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    await pool.close();
    await rm(directory, { recursive: true });
  }
});
