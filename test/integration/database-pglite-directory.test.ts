import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkDatabaseUrl, openDatabase } from '../../src/database/index.js';
import { repository } from './node-process.js';

// PGlite makes a new cluster each time, which takes seconds of computing.
const startMs = 120_000;

const endless = 'SELECT count(*) FROM generate_series(1, 100000000000)';

/** How long nothing else could run while `work` did. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  await work();
  delay.disable();
  return delay.max / 1e6;
}

describe('a PGlite database in a directory', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pywatt-pglite-'));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it(
    'creates it, and has the data when it is opened again',
    async () => {
      const options = { url: `pglite:${join(directory, 'deep', 'data')}`, name: 'main' };
      const first = await openDatabase(options);
      try {
        await first.execute('CREATE TABLE kept (id int)');
        await first.execute('INSERT INTO kept VALUES (7)');
        const open = await first.beginTransaction();
        await open.execute('INSERT INTO kept VALUES (8)');
        await open.rollback();
      } finally {
        await first.close();
      }
      await expect(first.query('SELECT 1')).rejects.toMatchObject({ code: 'CLOSED' });
      const second = await openDatabase(options);
      try {
        expect(await second.query('SELECT id FROM kept')).toEqual([{ id: 7 }]);
      } finally {
        await second.close();
      }
    },
    startMs,
  );

  it(
    'ends a statement that reaches its limit, rolls back its transaction, and goes on with what was committed',
    async () => {
      await using database = await openDatabase({
        url: `pglite:${directory}/data`,
        name: 'main',
        acquireTimeout: '1m',
      });
      await database.execute('CREATE TABLE kept (id int)');
      await database.execute('INSERT INTO kept VALUES (1)');
      const blockedMs = await longestBlock(async () => {
        const work = database.transaction(async (tx) => {
          await tx.execute('INSERT INTO kept VALUES (2)');
          await tx.query(endless, [], { timeout: '500ms' });
        });
        await expect(work).rejects.toMatchObject({ code: 'TIMEOUT' });
      });
      expect(blockedMs).toBeLessThan(400);
      expect(await database.query('SELECT id FROM kept')).toEqual([{ id: 1 }]);
      const stop = new AbortController();
      const aborted = database.query(endless, [], { signal: stop.signal });
      stop.abort();
      await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
      expect(await database.execute('INSERT INTO kept VALUES (3)')).toBe(1);
    },
    startMs,
  );

  it(
    'is open in one process at a time, whose number it names, and is taken over from one that has ended',
    async () => {
      const url = `pglite:${directory}/data`;
      const program = `
        const { openDatabase } = await import(${JSON.stringify(join(repository, 'src/database/index.ts'))});
        await openDatabase({ url: ${JSON.stringify(url)}, name: 'main' });
        console.log('open');
        setInterval(() => undefined, 1000);`;
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
        cwd: repository,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        for await (const line of createInterface(child.stdout)) if (line === 'open') break;
        await expect(openDatabase({ url, name: 'main' })).rejects.toMatchObject({
          code: 'CONNECTION',
          message: expect.stringContaining(`${directory}/data is open in process ${child.pid}`),
          details: { pid: child.pid },
        });
      } finally {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await using database = await openDatabase({ url, name: 'main' });
      expect(await readFile(join(directory, 'data.lock'), 'utf8')).toBe(String(process.pid));
      await expect(openDatabase({ url, name: 'other' })).rejects.toThrow(/is open in this process/);
      expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    },
    startMs,
  );

  it('names the directory when that cannot be used', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const opening = openDatabase({ url: `pglite:${file}/data`, name: 'main' });
    await expect(opening).rejects.toMatchObject({ code: 'CONNECTION', message: expect.stringContaining(file) });
  });

  it.each(['pglite:', 'pglite://', 'pglite::memory:'])('does not take %s', (url) => {
    expect(() => checkDatabaseUrl(url, 'main')).toThrow(
      "database 'main': its URL names no directory; write pglite:./directory or pglite:memory",
    );
  });
});
