import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Cache,
  cacheToken,
  createToken,
  type Database,
  databaseToken,
  Inject,
  InjectDatabase,
  Module,
  type OnStart,
  WriteBehind,
  type WriteBehindOptions,
} from '@pywatt/sdk';
import { testModule } from '@pywatt/sdk/testing';
import { openCache } from '../../src/cache/index.js';
import { openDatabase } from '../../src/database/index.js';
import { Deferred } from '../../src/foundation/index.js';
import { until } from './orchestrator-fixture.js';

const table = 'CREATE TABLE IF NOT EXISTS visits (page TEXT PRIMARY KEY, count INTEGER CHECK (count >= 0))';

async function writeTo(database: Database, entries: ReadonlyMap<string, number>): Promise<void> {
  await database.transaction(async (tx) => {
    for (const entry of entries)
      await tx.execute('INSERT INTO visits VALUES (?, ?) ON CONFLICT DO UPDATE SET count = excluded.count', [...entry]);
  });
}

async function visitsIn(database: Database): Promise<Record<string, number>> {
  const rows = await database.query<{ page: string; count: number }>('SELECT page, count FROM visits ORDER BY page');
  return Object.fromEntries(rows.map(({ page, count }) => [page, count]));
}

describe('WriteBehind', () => {
  let directory: string;
  let url: string;
  let database: Database;
  let cache: Cache;
  let batches: string[][];
  let lost: (readonly [keys: string[], error: unknown])[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pywatt-behind-'));
    url = `sqlite:${join(directory, 'visits.db')}`;
    database = await openDatabase({ url, name: 'default' });
    await database.execute(table);
    cache = await openCache({ name: 'default', url: 'memory:' });
    [batches, lost] = [[], []];
  });
  afterEach(async () => {
    await Promise.all([cache.close(), database.close()]);
    await rm(directory, { recursive: true });
  });

  function behind(options: Partial<WriteBehindOptions<number>> = {}): WriteBehind<number> {
    return new WriteBehind<number>(cache, {
      write: async (entries) => {
        batches.push([...entries.keys()]);
        await writeTo(database, entries);
      },
      onLost: (entries, error) => lost.push([[...entries.keys()], error]),
      delay: '1h',
      ...options,
    });
  }

  /** While it is held nobody else can write. */
  async function lockedDatabase(): Promise<() => Promise<void>> {
    const other = await openDatabase({ url, name: 'other' });
    const tx = await other.beginTransaction();
    await tx.execute("INSERT INTO visits VALUES ('lock', 0)");
    return async () => {
      await tx.rollback();
      await other.close();
    };
  }

  it('leaves no copy of what was given up while the copy was being stored', async () => {
    const [isLost, stored] = [new Deferred<void>(), new Deferred<void>()];
    const slow = {
      set: async (...entry: Parameters<Cache['set']>) => {
        await stored.promise;
        await cache.set(...entry);
      },
      delete: (key: string) => cache.delete(key),
      deleteMany: (keys: readonly string[]) => cache.deleteMany(keys),
    } as Cache;
    await using writing = new WriteBehind<number>(slow, {
      write: async () => Promise.reject(new Error('the source is away')),
      attempts: 1,
      delay: '0ms',
      onLost: () => isLost.resolve(),
    });
    const setting = writing.set('/', 1);
    await isLost.promise;
    // In which what was given up is deleted.
    await new Promise(setImmediate);
    stored.resolve();
    await setting;
    await expect(writing.flush()).resolves.toBeUndefined();
    await until(async () => !(await cache.exists('/')), 'the copy is gone');
  });

  it('has a value in the cache at once and in the source after a flush, the last of each key in one batch', async () => {
    await using visits = behind({ key: (page) => `visits:${page}`, tags: ['visits'] });
    await visits.set('a', 1);
    await visits.set('b', 1);
    await visits.set('a', 2);
    expect([await visits.get('a'), await cache.get('visits:a'), visits.size]).toEqual([2, 2, 2]);
    expect(await visitsIn(database)).toEqual({});
    await visits.flush();
    expect([await visitsIn(database), batches, visits.size]).toEqual([{ a: 2, b: 1 }, [['a', 'b']], 0]);
    await visits.flush();
    await cache.invalidateTags(['visits']);
    expect([await visits.get('a'), await visits.getOrSet('a', async () => 3)]).toEqual([undefined, 3]);
  });

  it('finds what still waits although the cache has given it up', async () => {
    await using visits = behind();
    await visits.set('a', 1);
    await cache.clear();
    expect(await visits.get('a')).toBe(1);
    expect(await visits.getOrSet('a', () => Promise.reject(new Error('the source is not asked')))).toBe(1);
  });

  it('writes when a batch is full or its delay is over', async () => {
    await using visits = behind({ batch: 3 });
    for (const page of ['a', 'b', 'c']) await visits.set(page, 1);
    await using soon = behind({ delay: '1ms' });
    await soon.set('d', 1);
    const giveUpAt = Date.now() + 10_000;
    while (visits.size + soon.size > 0 && Date.now() < giveUpAt) await new Promise(setImmediate);
    expect(await visitsIn(database)).toEqual({ a: 1, b: 1, c: 1, d: 1 });
  });

  it('is bounded: it makes set wait for room, then refuses with FULL and changes nothing', async () => {
    await using visits = behind({ maxEntries: 2, wait: '20ms' });
    await visits.set('a', 1);
    await visits.set('b', 1);
    await visits.set('a', 2);
    await expect(visits.set('c', 1)).rejects.toMatchObject({ name: 'CacheError', code: 'FULL', retryable: true });
    expect([visits.size, await cache.exists('c')]).toEqual([2, false]);
    await using patient = behind({ maxEntries: 2, wait: '30s' });
    const sets = ['d', 'e', 'f', 'g'].map((page) => patient.set(page, 1));
    await expect(patient.set('h', 1)).rejects.toMatchObject({ code: 'FULL' });
    await patient.flush();
    await Promise.all(sets);
    await patient.flush();
    expect(await visitsIn(database)).toEqual({ d: 1, e: 1, f: 1, g: 1 });
  });

  it('has the last value of every key in the end, whatever was set while it wrote', async () => {
    await using visits = behind({ maxEntries: 10, batch: 3, delay: '1ms', wait: '60s' });
    const last: Record<string, number> = {};
    await Promise.all(
      Array.from({ length: 8 }, async (_, page) => {
        for (let count = 1; count <= 40; count += 1) {
          last[`page ${page}`] = count;
          await visits.set(`page ${page}`, count);
          if (count % 10 === page) await visits.flush();
          expect(visits.size).toBeLessThanOrEqual(10);
        }
      }),
    );
    await visits.flush();
    expect([await visitsIn(database), lost, visits.size]).toEqual([last, [], 0]);
    expect((await cache.getMany(Object.keys(last))).size).toBe(8);
  });

  it('tries again until the source takes it, with the newest values', async () => {
    await database.execute('DROP TABLE visits');
    await using visits = behind({ attempts: 100 });
    await visits.set('a', 1);
    await visits.set('b', 1);
    const flushed = visits.flush();
    while (batches.length === 0) await new Promise(setImmediate);
    await visits.set('a', 2);
    await database.execute(table);
    await flushed;
    await visits.flush();
    expect([await visitsIn(database), lost]).toEqual([{ a: 2, b: 1 }, []]);
  });

  it('loses only what the source refuses, says so and takes it out of the cache', async () => {
    await using visits = behind({ attempts: 1 });
    await visits.set('a', 1);
    await visits.set('bad', -1);
    await visits.set('b', 1);
    await expect(visits.flush()).rejects.toMatchObject({
      code: 'OPERATION',
      message: expect.stringContaining('1 entries'),
    });
    expect(await visitsIn(database)).toEqual({ a: 1, b: 1 });
    expect(lost).toEqual([[['bad'], expect.objectContaining({ name: 'DatabaseError' })]]);
    expect([await cache.exists('bad'), await cache.get('a')]).toEqual([false, 1]);
    await visits.set('bad', 1);
    await visits.flush();
    expect(await visitsIn(database)).toEqual({ a: 1, b: 1, bad: 1 });
  });

  it('does not wait for a source that holds still, and aborts what it gave up', async () => {
    const aborted: unknown[] = [];
    await using visits = behind({
      attempts: 1,
      timeout: '20ms',
      write: (_entries, { signal }) =>
        new Promise<never>(() => signal.addEventListener('abort', () => aborted.push(signal.reason))),
    });
    await visits.set('a', 1);
    await expect(visits.flush()).rejects.toMatchObject({ code: 'OPERATION' });
    expect([aborted, lost]).toEqual([
      [expect.objectContaining({ code: 'TIMEOUT' })],
      [[['a'], expect.objectContaining({ code: 'TIMEOUT' })]],
    ]);
  });

  it('writes what waits when it is closed, and takes nothing more', async () => {
    const visits = behind();
    await visits.set('a', 1);
    expect([await visits.close(), await visitsIn(database)]).toEqual([new Map(), { a: 1 }]);
    await expect(visits.set('b', 1)).rejects.toMatchObject({ code: 'CLOSED' });
    expect([await visits.get('a'), (await visits.close()).size]).toEqual([1, 0]);
  });

  it('reports what it could not write within the deadline of its close', async () => {
    const unlock = await lockedDatabase();
    const visits = behind({ closeTimeout: '50ms', batch: 2, attempts: 1_000 });
    for (const page of ['a', 'b', 'c', 'd', 'e']) await visits.set(page, 1);
    await visits.set('a', 2);
    const report = await visits.close();
    expect([...report].toSorted(([one], [other]) => (one < other ? -1 : 1))).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 1],
      ['d', 1],
      ['e', 1],
    ]);
    expect(lost.flatMap(([keys]) => keys).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await cache.exists('a')).toBe(false);
    await unlock();
  });

  it.each([{ maxEntries: 0 }, { batch: 0.5 }, { attempts: -1 }, { wait: 'soon' as '1s' }])('refuses %j', (options) => {
    expect(() => behind(options)).toThrow(expect.objectContaining({ name: 'ValueError' }));
  });
});

const visitsToken = createToken<WriteBehind<number>>('visits');

@Module({
  id: 'pages',
  providers: [
    {
      provide: visitsToken,
      useFactory: (cache: Cache, database: Database) =>
        new WriteBehind<number>(cache, { write: (entries) => writeTo(database, entries), delay: '1h' }),
      inject: [cacheToken(), databaseToken()],
    },
  ],
})
class PagesModule implements OnStart {
  constructor(
    @Inject(visitsToken) readonly visits: WriteBehind<number>,
    @InjectDatabase() private readonly database: Database,
  ) {}

  async onStart(): Promise<void> {
    await this.database.execute(table);
  }
}

describe.each([
  ['direct', () => testModule(PagesModule)],
  ['proxied', () => testModule(PagesModule).proxied()],
] as const)('WriteBehind as a provider, %s', (_world, testing) => {
  it('is flushed when the module stops', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-behind-'));
    try {
      const url = `sqlite:${join(directory, 'pages.db')}`;
      const app = await testing().env({ DATABASE_URL: url }).boot();
      await app.get(PagesModule).visits.set('home', 7);
      await app.close();
      const database = await openDatabase({ url, name: 'default' });
      expect(await visitsIn(database)).toEqual({ home: 7 });
      await database.close();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
