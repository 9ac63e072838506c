import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { openDatabase } from '../../src/database/index.js';
import { assertFails } from '../contract/database/database-case.js';
import { databaseWorlds, type OpenWorld } from './database-worlds.js';
import { NodeProcess, repository } from './node-process.js';
import { until } from './orchestrator-fixture.js';

/** Never gives a row, so that the engine never comes back. */
const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS n FROM n';
const endlessWrite = `INSERT INTO t ${endless}`;

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-sqlite-'));
  path = join(directory, 'data.db');
});
afterEach(() => rm(directory, { recursive: true }));

describe.each(databaseWorlds)('a SQLite statement that never gives a row, $world', ({ open }) => {
  let world: OpenWorld;
  beforeEach(async () => {
    world = await open(`sqlite:${path}`);
    await world.database.execute('CREATE TABLE t (v)');
  });
  afterEach(() => world.close());

  it('ends at its timeout and by its signal, as often as one likes', async () => {
    const { database } = world;
    // More than there are connections: a place that one of them kept would be missed.
    const ended = Array.from({ length: 20 }, async (_, index) => {
      if (index % 2 === 0) return assertFails(database.query(endless, [], { timeout: '300ms' }), 'TIMEOUT');
      return assertFails(database.query(endless, [], { signal: AbortSignal.timeout(300) }), 'ABORTED');
    });
    await Promise.all(ended);
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('lets go of the lock to write', async () => {
    const { database } = world;
    await assertFails(database.execute(endlessWrite, [], { timeout: '200ms' }), 'TIMEOUT');
    await assertFails(database.execute(endlessWrite, [], { signal: AbortSignal.timeout(200) }), 'ABORTED');
    expect(await database.execute('INSERT INTO t VALUES (1)')).toBe(1);
    expect(await database.query('SELECT v FROM t')).toEqual([{ v: 1 }]);
  });

  it('is rolled back together with the transaction it stands in', async () => {
    const { database } = world;
    const work = database.transaction(async (tx) => {
      await tx.execute('INSERT INTO t VALUES (1)');
      await tx.query(endless, [], { timeout: '200ms' });
    });
    await assertFails(work, 'TIMEOUT');
    await database.transaction((tx) => tx.execute('INSERT INTO t VALUES (2)'));
    expect(await database.query('SELECT v FROM t')).toEqual([{ v: 2 }]);
  });
});

describe('the process of a SQLite connection', () => {
  const main = join(repository, 'test/fixtures/mains/leaves-a-statement-running.ts');

  it('keeps its owner neither from closing nor from leaving', async () => {
    await using program = new NodeProcess(['--import', 'tsx', main, `sqlite:${path}`]);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stdout).toBe('ended with TIMEOUT\nclosed\n');
  });

  it('ends with its owner, however that ends and whatever the engine does', async () => {
    await using program = new NodeProcess(['--import', 'tsx', main, `sqlite:${path}`, 'stay']);
    await program.match(/writing/);
    using stranger = new Stranger(path);
    await until(() => !stranger.canWrite(), 'the endless statement to hold the lock');
    program.kill('SIGKILL');
    await program.exited;
    await until(() => stranger.canWrite(), 'the lock to be free');
    expect(stranger.canWrite()).toBe(true);
  });

  it('is not ended by what a terminal sends to the whole process group', async () => {
    const argv = ['--import', 'tsx', main, `sqlite:${path}`, 'signal'];
    const program = spawn(process.execPath, argv, {
      cwd: repository,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    program.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = once(program, 'close');
    try {
      await until(() => output.includes('ready'), 'the transaction to begin');
      process.kill(-program.pid!, 'SIGHUP');
      expect(await exited).toEqual([0, null]);
      expect(output).toBe('ready\nstill 1\n');
    } finally {
      program.kill('SIGKILL');
    }
  });
});

describe('an in-memory SQLite database, which is on a thread', () => {
  it('answers at the deadline, and its process can leave although the statement goes on', async () => {
    const main = join(repository, 'test/fixtures/mains/leaves-a-statement-running.ts');
    await using program = new NodeProcess(['--import', 'tsx', main, 'sqlite::memory:']);
    const { signal } = await program.exited;
    expect(program.stdout).toBe('ended with TIMEOUT\nclosed\n');
    // It could not leave in order: the thread would have had to end first.
    expect(signal).toBe('SIGKILL');
  });
});

it('a SQLite connection whose process is lost is replaced, and its transaction is lost', async () => {
  const database = await openDatabase({ url: `sqlite:${path}`, name: 'main' });
  try {
    await database.execute('CREATE TABLE t (v)');
    const tx = await database.beginTransaction();
    await tx.execute('INSERT INTO t VALUES (1)');
    await killConnections();
    expect((await assertFails(tx.query('SELECT 1'), 'CONNECTION')).retryable).toBe(true);
    expect(await database.query('SELECT v FROM t')).toEqual([]);
  } finally {
    await database.close();
  }
});

it('a SQLite connection whose process is lost at any moment says what is stored, or that nobody knows', async () => {
  const database = await openDatabase({ url: `sqlite:${path}`, name: 'main' });
  try {
    await database.execute('CREATE TABLE t (v)');
    const outcomes = new Map<number, string>();
    const insert = async (v: number) => {
      const failed = (error: unknown) => (error as { code: string }).code;
      const inserted = database.transaction((tx) => tx.execute('INSERT INTO t VALUES (?)', [v])).then(() => 'stored');
      outcomes.set(v, await inserted.catch(failed));
    };
    for (let v = 0; v < 200; v += 4) {
      const inserting = Promise.all([insert(v), insert(v + 1), insert(v + 2), insert(v + 3)]);
      if (v % 20 === 0) await killConnections();
      await inserting;
    }
    const stored = new Set((await database.query<{ v: number }>('SELECT v FROM t')).map(({ v }) => v));
    for (const [v, outcome] of outcomes) {
      expect(['stored', 'CONNECTION', 'TRANSACTION', 'OUTCOME_UNKNOWN']).toContain(outcome);
      if (outcome !== 'OUTCOME_UNKNOWN')
        expect([v, outcome, stored.has(v)]).toEqual([v, outcome, outcome === 'stored']);
    }
  } finally {
    await database.close();
  }
});

/** Kills the processes of all SQLite connections that this process has open. */
async function killConnections(): Promise<void> {
  const { stdout } = await promisify(execFile)('pgrep', ['-P', String(process.pid), '-f', 'sqlite-worker']);
  for (const pid of stdout.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
}

/** Another process's connection, as far as SQLite can tell. */
class Stranger implements Disposable {
  readonly #database: BetterSqlite3.Database;

  constructor(file: string) {
    this.#database = new BetterSqlite3(file, { timeout: 0 });
  }

  canWrite(): boolean {
    try {
      this.#database.exec('BEGIN IMMEDIATE; ROLLBACK');
      return true;
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
