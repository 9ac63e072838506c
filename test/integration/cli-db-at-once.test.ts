import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { openDatabase } from '../../src/database/index.js';
import { closersAfterEach } from '../support/closers.js';
import { databaseServers } from './database-worlds.js';
import { repository } from './node-process.js';
import { until } from './orchestrator-fixture.js';

const module = join(repository, 'test/fixtures/migrated/held-module.ts');
const lock = { PostgreSQL: 'pg_advisory_lock(', MariaDB: 'GET_LOCK(' };

for (const { engine, describeHere, start } of databaseServers) {
  describeHere(`several 'pywatt db migrate' at once on ${engine}, through the orchestrator of the first`, () => {
    const closing = closersAfterEach();

    /** One that is in its migration, and two that wait for it. */
    const startThree = async () => {
      const server = closing.use(await start());
      const directory = await mkdtemp(join(tmpdir(), 'pywatt-db-'));
      closing.push(() => rm(directory, { recursive: true, force: true }));
      const config = join(directory, 'pywatt.config.json');
      const modules = { held: { command: 'not started', module, databases: ['default'] } };
      await writeFile(config, JSON.stringify({ modules, databases: { default: { url: server.url } } }));
      const database = await openDatabase({ url: server.url, name: 'held' });
      closing.push(() => database.close());
      await database.execute('CREATE TABLE held_up (who varchar(10))');
      const heldBy = join(directory, 'held-by');
      const migrate = () => {
        const argv = ['--import', 'tsx', 'src/cli/main.ts', 'db', 'migrate', '--config', config];
        const env = { PATH: process.env['PATH'] ?? '', HELD_BY: heldBy };
        const child = spawn(process.execPath, argv, { cwd: repository, env, stdio: ['ignore', 'pipe', 'pipe'] });
        closing.push(() => child.kill('SIGKILL'));
        const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
        return {
          child,
          ended: ended.then(([stdout, stderr, [code]]) => ({ stdout, stderr, code: code as number | null })),
        };
      };
      const first = migrate();
      await until(() => existsSync(heldBy), 'the first is in its migration');
      const others = [migrate(), migrate()];
      await until(async () => (await server.running(lock[engine])) === 2, 'the others wait for its lock');
      const rows = async () => (await database.query('SELECT who FROM held_up')).length;
      return { first, others, rows, goOn: () => rm(heldBy, { force: true }) };
    };
    const done = { stdout: 'held\n  applied HoldUp1700000000001\n', code: 0 };
    const nothingToDo = { stdout: 'held\n  nothing is pending\n', stderr: '', code: 0 };

    it('has one apply what is pending, and the others nothing to do', async () => {
      const { first, others, rows, goOn } = await startThree();
      await goOn();
      expect(await first.ended).toMatchObject(done);
      for (const { ended } of others) expect(await ended).toEqual(nothingToDo);
      expect(await rows()).toBe(1);
    }, 60_000);

    it('has the others go on when the first is killed', async () => {
      const { first, others, rows, goOn } = await startThree();
      first.child.kill('SIGKILL');
      expect(await first.ended).toMatchObject({ code: null });
      // Another writes the file anew.
      await until(async () => {
        await goOn();
        return others.every(({ child }) => child.exitCode !== null);
      }, 'the others have ended');
      const outcomes = await Promise.all(others.map(({ ended }) => ended));
      expect(outcomes.toSorted((a, b) => a.stdout.length - b.stdout.length)).toMatchObject([nothingToDo, done]);
      expect(await rows()).toBe(1);
    }, 60_000);
  });
}
