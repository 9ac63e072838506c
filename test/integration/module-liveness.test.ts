import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ModuleStatus } from '../../src/orchestrator/index.js';
import { repository } from './node-process.js';
import { fixture, isAlive, startWith, until } from './orchestrator-fixture.js';

type App = Awaited<ReturnType<typeof startWith>>;

const main = join(repository, 'test/fixtures/mains/takes-its-time.mjs');
const patient = () => ({ command: [process.execPath, main], cwd: repository });
const statusOf = (app: App): ModuleStatus => app.orchestrator.modules.get('patient')!;

/** The one state of a module that its gauge names. */
async function measured(app: App): Promise<string | undefined> {
  const text = await (await app.request('/_pywatt/metrics')).text();
  return /^pywatt_module_liveness\{module="patient",state="(\w+)"\} 1$/m.exec(text)?.[1];
}

describe('a module that is stopped (SIGSTOP)', () => {
  it('is slow, then dead, then ended and started again', async () => {
    await using app = await startWith({
      modules: { patient: patient() },
      heartbeat: { interval: '250ms', missed: 8, slow: '10s' },
    });
    await app.orchestrator.ready;
    const pid = statusOf(app).pid!;
    expect(statusOf(app).liveness).toBe('alive');
    process.kill(pid, 'SIGSTOP');
    await until(() => statusOf(app).liveness === 'slow', 'it is slow');
    await until(() => statusOf(app).restarts === 1 && statusOf(app).state === 'running', 'it runs again');
    expect(statusOf(app)).toMatchObject({ lastEnd: 'left 8 heartbeats unanswered', liveness: 'alive' });
    expect(isAlive(pid)).toBe(false);
    expect(app.logged(/^the module is slow: it left a heartbeat unanswered$/).at(-1)).toMatchObject({
      module: 'patient',
      level: 'warn',
      why: 'missed',
      missed: 1,
    });
  });

  it('and goes on before the limit is alive again, answers the call in flight, and is not started again', async () => {
    await using app = await startWith({
      modules: { patient: patient() },
      heartbeat: { interval: '250ms', missed: 100, slow: '10s' },
    });
    await app.orchestrator.ready;
    const { pid } = statusOf(app);
    const answer = app.request('/patient/slow').then((response) => response.text());
    await until(() => app.logged(/^request begins$/).length === 1, 'the request is in flight');
    process.kill(pid!, 'SIGSTOP');
    await until(() => statusOf(app).liveness === 'slow', 'it is slow');
    expect(await measured(app)).toBe('slow');
    process.kill(pid!, 'SIGCONT');
    expect(await answer).toBe('slow but sure');
    await until(() => statusOf(app).liveness === 'alive', 'it is alive again');
    expect(await measured(app)).toBe('alive');
    expect(statusOf(app)).toMatchObject({ state: 'running', restarts: 0, pid });
    expect(app.logged(/^the module is no longer slow$/)[0]).toMatchObject({ level: 'info', module: 'patient' });
  });
});

describe('a module that blocks its event loop for a while', () => {
  it('is slow, not dead, tells how long it was held up, and is alive again', async () => {
    await using app = await startWith({
      modules: { patient: patient() },
      heartbeat: { interval: '250ms', missed: 100, slow: '1s' },
    });
    await app.orchestrator.ready;
    await until(() => statusOf(app).lagMs !== undefined, 'it has told its lag');
    const answer = app.request('/patient/block').then((response) => response.text());
    await until(() => (statusOf(app).lagMs ?? 0) > 1_000, 'it tells that it was held up');
    expect(statusOf(app).liveness).toBe('slow');
    expect(await answer).toBe('blocked');
    await until(() => statusOf(app).liveness === 'alive', 'it is alive again');
    expect(statusOf(app)).toMatchObject({ state: 'running', restarts: 0 });
    expect(app.logged(/^the module is slow/).length).toBe(app.logged(/^the module is no longer slow$/).length);
  });
});

describe('an orchestrator that blocks its own event loop', () => {
  it('for longer than its modules may be silent takes none of them for dead, nor for slow', async () => {
    await using app = await startWith({
      // Speaks the wire by hand and sends no heartbeats of its own: it does not mind.
      modules: { patient: fixture('answers') },
      heartbeat: { interval: '300ms', missed: 4, slow: '10s' },
    });
    await app.orchestrator.ready;
    await until(() => statusOf(app).liveness === 'alive', 'it has answered a heartbeat');
    for (let time = 0; time < 2; time += 1) {
      const freeAt = performance.now() + 2_000;
      while (performance.now() < freeAt);
      expect(await (await app.request('/patient/x')).text()).toBe('/x');
    }
    expect(statusOf(app)).toMatchObject({ state: 'running', restarts: 0 });
    expect(app.logged(/unanswered/)).toEqual([]);
  });
});

describe('a module that closes its standard input', () => {
  it('is ended and started again when it runs on all the same', async () => {
    await using app = await startWith({
      modules: { patient: fixture('closes-its-input') },
      heartbeat: { interval: '100ms', missed: 100 },
    });
    await until(() => statusOf(app).restarts > 0, 'it is started again');
    expect(statusOf(app).lastEnd).toBe('closed the wire but kept running');
  });
});
