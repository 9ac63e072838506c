import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LaunchRecords } from '../../src/orchestrator/reattach/launch-records.js';
import { isSameProcess, processIdentity } from '../../src/orchestrator/supervisor/process-identity.js';
import { RunningProcess } from '../../src/orchestrator/supervisor/running-process.js';
import { type Logged, recordingLogger } from '../unit/wire/session-ends.js';
import { NodeProcess } from './node-process.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-records-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const record = (launchId: string) => ({
  moduleId: 'orders',
  launchId,
  pid: 4711,
  identity: 'boot 12',
  ticketHash: 'hash',
  configuration: 'c',
  ports: [8000],
});

function open(logged: Logged[] = []) {
  return LaunchRecords.open(directory, recordingLogger(logged));
}

describe('the records of launches', () => {
  it('are found by the next orchestrator, in a file for this user alone that is replaced as a whole', async () => {
    const records = await open();
    expect(records.found).toEqual([]);
    // What a writer that was killed left.
    await writeFile(join(directory, 'launches.json.next'), 'half');
    await chmod(join(directory, 'launches.json.next'), 0o644);
    await Promise.all([records.put(record('a#1')), records.put(record('b#1')), records.remove('a#1')]);
    expect(await readdir(directory)).toEqual(['launches.json']);
    expect((await stat(join(directory, 'launches.json'))).mode & 0o777).toBe(0o600);
    expect((await open()).found).toEqual([record('b#1')]);
    await records.remove('b#1');
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(['', '{"version":1,"launches":[', '{"version":2,"launches":[]}', '[]'])(
    'are none in a file that holds %j, which is logged',
    async (text) => {
      await writeFile(join(directory, 'launches.json'), text);
      const logged: Logged[] = [];
      const records = await open(logged);
      expect(records.found).toEqual([]);
      expect(JSON.stringify(logged)).toContain('none is taken over');
      await records.put(record('a#1'));
      expect(JSON.parse(await readFile(join(directory, 'launches.json'), 'utf8'))).toMatchObject({ version: 1 });
    },
  );
});

describe('a process that another one started', () => {
  it('is told from those that have its id at another time, and ended with what it started', async () => {
    await using child = new NodeProcess([
      '-e',
      'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1e6)',
    ]);
    await child.match(/up/);
    const identity = processIdentity(child.pid)!;
    expect(isSameProcess(child.pid, identity)).toBe(true);
    expect(isSameProcess(process.pid, identity)).toBe(false);
    const stranger = new RunningProcess(child.pid, 'another start');
    stranger.signal('SIGKILL');
    expect(await stranger.exited()).toBe(true);
    expect(isSameProcess(child.pid, identity)).toBe(true);
    const running = new RunningProcess(child.pid, identity);
    const stopped = new AbortController();
    const waiting = running.exited(stopped.signal);
    stopped.abort();
    expect(await waiting).toBe(false);
    child.kill('SIGKILL');
    await child.exited;
    expect(await running.exited()).toBe(true);
    expect(processIdentity(child.pid)).toBeUndefined();
  });
});
