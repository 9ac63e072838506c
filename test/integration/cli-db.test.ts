import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/database/index.js';
import { postgresTestServer } from '../contract/database/test-server.js';
import { repository } from './node-process.js';
import { describeWithPostgres } from './postgres-server.js';

const postgresIt = (await describeWithPostgres()) === describe ? it : it.skip;
const moduleFile = join(repository, 'test/fixtures/migrated/migrated-module.ts');
const cli = ['--import', 'tsx', 'src/cli/main.ts'];
const env = { PATH: process.env['PATH'] ?? '' };

describe('pywatt db', () => {
  let directory: string;
  let config: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pywatt-db-'));
    config = join(directory, 'pywatt.config.yaml');
    await writeFile(
      config,
      [
        'modules:',
        '  migrated:',
        `    command: node --import tsx ${moduleFile} run`,
        `    cwd: ${repository}`,
        `    module: ${moduleFile}`,
        '    databases: [default]',
        'databases:',
        `  default: { url: 'sqlite:${join(directory, 'data.db')}' }`,
        'gateway: { listen: 127.0.0.1:0 }',
      ].join('\n'),
    );
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  const db = (...words: string[]) => {
    const argv = [...cli, 'db', ...words, '--config', config];
    const { stdout, stderr, status } = spawnSync(process.execPath, argv, { cwd: repository, encoding: 'utf8', env });
    return { stdout, stderr, status };
  };

  it('works on the database of a module when no orchestrator runs', () => {
    expect(db('status')).toEqual({
      stdout: 'migrated\n  pending CreateBooks1700000000001\n  pending FillBooks1700000000002\n',
      stderr: '',
      status: 0,
    });
    const dry = db('migrate', '--dry-run');
    expect(dry.stdout).toContain('-- CreateBooks1700000000001 would be applied');
    expect(dry.stdout).toMatch(/CREATE TABLE "migrated_books"/);
    const { stdout, status } = db('migrate', '--json');
    expect(status).toBe(0);
    const [report] = JSON.parse(stdout) as [{ module: string; change: { migrations: string[] } }];
    expect(report).toMatchObject({
      module: 'migrated',
      change: { migrations: ['CreateBooks1700000000001', 'FillBooks1700000000002'] },
    });
    expect(db('diff', 'migrated').stdout).toMatch(/"pages"/);
  }, 60_000);

  it('works through the orchestrator that runs', async () => {
    const running = spawn(process.execPath, [...cli, 'run', '--config', config], { cwd: repository, env });
    try {
      for await (const line of createInterface(running.stderr)) if (line.includes('module was started')) break;
      running.stderr.resume();
      expect(db('migrate').stdout).toBe(
        'migrated\n  applied CreateBooks1700000000001\n  applied FillBooks1700000000002\n',
      );
      expect(db('revert')).toEqual({
        stdout: 'migrated\n  reverted FillBooks1700000000002\n',
        stderr: '',
        status: 0,
      });
    } finally {
      running.kill('SIGTERM');
      await once(running, 'exit');
    }
  }, 60_000);

  it('works on every database of a module, or on the one that is named', async () => {
    const file = join(repository, 'test/fixtures/migrated/two-databases-module.ts');
    const databases = Object.fromEntries(
      ['default', 'analytics'].map((name) => [name, { url: `sqlite:${join(directory, `${name}.db`)}` }]),
    );
    const two = { command: 'not started', module: file, databases: Object.keys(databases) };
    await writeFile(config, JSON.stringify({ modules: { two }, databases }));
    expect(db('migrate', '--database', 'analytics')).toEqual({
      stdout: 'two, database analytics\n  applied CreateVisits1700000000003\n',
      stderr: '',
      status: 0,
    });
    expect(db('status').stdout).toBe(
      'two\n  pending CreateBooks1700000000001\ntwo, database analytics\n  applied CreateVisits1700000000003\n',
    );
    expect(db('status', 'two', '--database', 'archive')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("'archive'"),
    });
  }, 60_000);

  it('changes nothing by itself of a module whose DataSource would as it opens', async () => {
    const module = join(repository, 'test/fixtures/migrated/eager-module.ts');
    const url = `sqlite:${join(directory, 'eager.db')}`;
    const modules = { eager: { command: 'not started', module, databases: ['default'] } };
    await writeFile(config, JSON.stringify({ modules, databases: { default: { url } } }));
    await using database = await openDatabase({ url, name: 'eager' });
    await database.execute('CREATE TABLE kept (id int)');
    const tables = async () => {
      const sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
      return (await database.query<{ name: string }>(sql)).map(({ name }) => name);
    };
    expect(db('status').stdout).toBe('eager\n  pending CreateBooks1700000000001\n  pending FillBooks1700000000002\n');
    expect(db('diff').stdout).toMatch(/CREATE TABLE "migrated_books"/);
    expect(db('migrate', '--dry-run')).toMatchObject({ status: 0 });
    expect(await tables()).toEqual(['kept']);
    expect(db('migrate')).toMatchObject({ status: 0 });
    expect(await tables()).toEqual(['eager_migrations', 'kept', 'migrated_books']);
    expect(await database.queryOne('SELECT pages FROM migrated_books').catch((error: Error) => error.message)).toMatch(
      /no such column/,
    );
  }, 120_000);

  postgresIt(
    'installs the extensions that a module asks for before it migrates, and not to look',
    async () => {
      const server = await postgresTestServer();
      try {
        const module = join(repository, 'test/fixtures/migrated/eager-module.ts');
        const modules = { eager: { command: 'not started', module, databases: ['default'] } };
        await writeFile(config, JSON.stringify({ modules, databases: { default: { url: server.url } } }));
        await using database = await openDatabase({ url: server.url, name: 'eager' });
        const extensions = () => database.query("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'");
        for (const looking of [['status'], ['diff'], ['migrate', '--dry-run']]) {
          expect(db(...looking)).toMatchObject({ status: 0 });
          expect(await extensions()).toEqual([]);
        }
        expect(db('migrate')).toMatchObject({ status: 0 });
        expect(await extensions()).toEqual([{ extname: 'tablefunc' }]);
      } finally {
        await server.close();
      }
    },
    120_000,
  );

  it('says which module it does not know', () => {
    expect(db('status', 'migratd')).toMatchObject({ status: 1, stderr: expect.stringContaining("'migratd'") });
    expect(db('migrat')).toMatchObject({ status: 2, stderr: expect.stringContaining('db migrate') });
  }, 60_000);
});
