import { describe, expect, it } from '@jest/globals';
import { fixture, isAlive, startWith, until } from './orchestrator-fixture.js';

interface Seen {
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly init: Record<string, unknown>;
}

describe('a module as a child process', () => {
  it('is started with a clean environment and its own variables, announces itself and answers through the gateway', async () => {
    process.env['PYWATT_SECRET_LEAK'] = 'must-stay-here';
    await using app = await startWith({ modules: { orders: { ...fixture('answers'), env: { COLOUR: 'blue' } } } });
    delete process.env['PYWATT_SECRET_LEAK'];
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('orders')).toMatchObject({
      state: 'running',
      restarts: 0,
      endpoints: [{ path: '/', methods: ['GET'] }],
    });

    const seen = (await (await app.request('/orders/env')).json()) as Seen;
    expect(seen.env).toMatchObject({ COLOUR: 'blue', PYWATT_MODULE_ID: 'orders', PATH: process.env['PATH'] });
    expect(JSON.stringify(seen.env)).not.toContain('must-stay-here');
    expect(seen.init).toMatchObject({
      module_id: 'orders',
      env: { COLOUR: 'blue' },
      orchestrator_api: app.orchestrator.gateway,
    });
    expect(seen.init['listen']).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(seen.cwd).toBe(process.cwd());
  });

  it('comes back after it crashed, on a new process, and its status says why', async () => {
    await using app = await startWith({ modules: { orders: fixture('answers') } });
    await app.orchestrator.ready;
    const first = app.orchestrator.modules.get('orders')!.pid;
    expect((await app.request('/orders/crash')).status).toBe(502);
    await until(
      () =>
        app.orchestrator.modules.get('orders')!.state === 'running' &&
        app.orchestrator.modules.get('orders')!.pid !== first,
      'it is back',
    );
    expect(app.orchestrator.modules.get('orders')).toMatchObject({ restarts: 1, lastEnd: 'exited with code 3' });
    expect(await (await app.request('/orders/again')).text()).toBe('/again');
  });

  it('comes back after SIGKILL', async () => {
    await using app = await startWith({ modules: { orders: fixture('answers') } });
    await app.orchestrator.ready;
    process.kill(app.orchestrator.modules.get('orders')!.pid!, 'SIGKILL');
    await until(() => app.orchestrator.modules.get('orders')!.restarts === 1, 'it is started again');
    await until(() => app.orchestrator.modules.get('orders')!.state === 'running', 'it is running');
    expect(app.orchestrator.modules.get('orders')!.lastEnd).toBe('was ended by SIGKILL');
  });

  it('that never announces is ended at its deadline and tried again', async () => {
    await using app = await startWith({
      modules: { mute: { ...fixture('never-announces'), announceTimeout: '300ms' } },
    });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('mute')!.lastEnd).toBe('did not announce itself within 300 ms');
    const [first] = app.logged(/was started$/);
    expect(isAlive(first!['pid'] as number)).toBe(false);
    await until(() => app.orchestrator.modules.get('mute')!.restarts > 0, 'it is tried again');
    expect((await app.request('/mute/')).status).toBe(503);
  });

  it('that exits at once is started again with growing pauses, never in a hot loop', async () => {
    await using app = await startWith(
      { modules: { brief: fixture('exits-at-once') } },
      { supervisor: { backoff: { initialMs: 20, maxMs: 10_000, random: () => 1 } } },
    );
    await until(() => app.orchestrator.modules.get('brief')!.restarts >= 3, 'it was started four times');
    const pauses = app.logged(/is started again in/).map(({ msg }) => Number(/in (\d+) ms/.exec(String(msg))![1]));
    expect(pauses.slice(0, 3)).toEqual([20, 40, 80]);
    expect(app.orchestrator.modules.get('brief')!.lastEnd).toBe('exited with code 7');
  });

  it('is not started again under the policy never', async () => {
    await using app = await startWith({ modules: { brief: { ...fixture('exits-at-once'), restart: 'never' } } });
    await until(() => app.orchestrator.modules.get('brief')!.state === 'failed', 'it has failed');
    expect(app.orchestrator.modules.get('brief')).toMatchObject({ restarts: 0, lastEnd: 'exited with code 7' });
  });

  it.each([
    ['on-failure', 'stopped'],
    ['always', 'running'],
  ] as const)('that ends well under the policy %s is then %s', async (restart, state) => {
    await using app = await startWith({ modules: { orders: { ...fixture('answers'), restart } } });
    await app.orchestrator.ready;
    const { pid } = app.orchestrator.modules.get('orders')!;
    await app.request('/orders/exit');
    const status = () => app.orchestrator.modules.get('orders')!;
    await until(() => status().state === state && status().pid !== pid, `it is ${state}`);
    expect(status()).toMatchObject({ restarts: restart === 'always' ? 1 : 0, lastEnd: 'exited with code 0' });
  });

  it('whose program does not exist is reported and does not keep the others from starting', async () => {
    await using app = await startWith({
      modules: { typo: { command: 'no-such-program-here' }, orders: fixture('answers') },
    });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('orders')!.state).toBe('running');
    expect(app.logged(/could not be started/)[0]).toMatchObject({
      module: 'typo',
      error: { code: 'LAUNCH_FAILED', message: expect.stringContaining('check modules.typo.command') },
    });
    expect(app.orchestrator.status.status).toBe('degraded');
  });

  it('that falls silent after it answered heartbeats is ended and started again', async () => {
    await using app = await startWith({
      modules: { hung: fixture('answers-no-heartbeat-after-the-first') },
      heartbeat: { interval: '50ms' },
    });
    await until(() => app.orchestrator.modules.get('hung')!.restarts > 0, 'it is started again');
    expect(app.orchestrator.modules.get('hung')!.lastEnd).toBe('left 3 heartbeats unanswered');
  });
});

describe('stopping', () => {
  it('asks modules to end and they do, at once', async () => {
    await using app = await startWith({ modules: { orders: fixture('answers') } });
    await app.orchestrator.ready;
    const pid = app.orchestrator.modules.get('orders')!.pid!;
    await app.orchestrator.close();
    expect(isAlive(pid)).toBe(false);
    expect(app.orchestrator.modules.get('orders')!.state).toBe('stopped');
    expect(app.logged(/killed/)).toEqual([]);
    await app.orchestrator.close();
  });

  it('kills a module that ignores both the shutdown message and SIGTERM', async () => {
    await using app = await startWith({
      modules: { stubborn: { ...fixture('ignores-shutdown'), shutdownGrace: '200ms' } },
    });
    await app.orchestrator.ready;
    const pid = app.orchestrator.modules.get('stubborn')!.pid!;
    await app.orchestrator.close();
    expect(isAlive(pid)).toBe(false);
    const messages = app.lines.map(({ msg }) => msg);
    expect(messages.indexOf('shutdown ignored')).toBeGreaterThan(-1);
    expect(messages.indexOf('SIGTERM ignored')).toBeGreaterThan(messages.indexOf('shutdown ignored'));
    expect(app.logged(/it is killed/)).toHaveLength(1);
  });

  it('during the start leaves nothing behind', async () => {
    await using app = await startWith({ modules: { mute: { ...fixture('never-announces'), shutdownGrace: '50ms' } } });
    await until(() => app.orchestrator.modules.get('mute')!.pid !== undefined, 'it has a process');
    const pid = app.orchestrator.modules.get('mute')!.pid!;
    await app.orchestrator.close();
    await app.orchestrator.ready;
    expect(isAlive(pid)).toBe(false);
  });

  it('ends the children that a module started, even those that ignore SIGTERM', async () => {
    await using app = await startWith({ modules: { parent: fixture('leaves-a-grandchild') } });
    await app.orchestrator.ready;
    const grandchild = Number(await (await app.request('/parent/pid')).text());
    await until(() => app.logged(/grandchild ready/).length > 0, 'the grandchild is up');
    await app.orchestrator.close();
    expect(isAlive(grandchild)).toBe(false);
  });

  it('of a crash also ends the children of the module before it is started again', async () => {
    await using app = await startWith({ modules: { parent: fixture('leaves-a-grandchild') } });
    await app.orchestrator.ready;
    const grandchild = Number(await (await app.request('/parent/pid')).text());
    await until(() => app.logged(/grandchild ready/).length > 0, 'the grandchild is up');
    await app.request('/parent/crash');
    await until(() => app.orchestrator.modules.get('parent')!.restarts === 1, 'it is started again');
    expect(isAlive(grandchild)).toBe(false);
  });
});
