import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { OrchestratorConfigInput } from '../../src/orchestrator/index.js';
import { NodeProcess, repository } from './node-process.js';
import { isAlive, until } from './orchestrator-fixture.js';

const main = join(repository, 'test/fixtures/mains/takes-its-time.mjs');

/** `pywatt run` as a process of its own, with modules that log to files. */
async function runWith(ids: readonly string[], heartbeat: NonNullable<OrchestratorConfigInput['heartbeat']>) {
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-vanish-'));
  const logFile = (id: string) => join(directory, `${id}.log`);
  const config: OrchestratorConfigInput = {
    modules: Object.fromEntries(
      ids.map((id) => [id, { command: [process.execPath, main], cwd: repository, env: { LOG: logFile(id) } }]),
    ),
    ports: { range: '20000-29999' },
    gateway: { listen: '127.0.0.1:0' },
    heartbeat,
  };
  // JSON is YAML, too.
  await writeFile(join(directory, 'pywatt.config.yaml'), JSON.stringify(config));
  const argv = [join(repository, 'dist/cli.js'), 'run', '--json', '--config', join(directory, 'pywatt.config.yaml')];
  const orchestrator = new NodeProcess(argv, { cwd: directory, input: null });
  const gateway = await orchestrator.match(/"ready":\s*"(http:[^"]+)"/);
  const pids = new Map<string, number>();
  for (const id of ids) {
    const running = new RegExp(`"msg":"the module is running","module":"${id}","pid":(\\d+)`);
    pids.set(id, Number(await orchestrator.match(running)));
  }
  return {
    orchestrator,
    pids: [...pids.values()],
    request: (id: string) => fetch(`${gateway}/${id}/slow`),
    /** What a module has logged until now. */
    logOf: (id: string) => (existsSync(logFile(id)) ? readFileSync(logFile(id), 'utf8') : ''),
    async [Symbol.asyncDispose]() {
      orchestrator.kill('SIGCONT');
      await orchestrator[Symbol.asyncDispose]();
      await until(() => ![...pids.values()].some(isAlive), 'its modules have ended');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const inOrder = (text: string, ...parts: string[]) => {
  const places = parts.map((part) => text.indexOf(part));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
};

describe('an orchestrator that is stopped (SIGSTOP)', () => {
  it('loses its module after the limit: it finishes its request and exits by itself, and is started again later', async () => {
    await using run = await runWith(['patient'], { interval: '250ms', missed: 8, slow: '10s' });
    const answer = run.request('patient').then(
      (response) => response.status,
      () => 'cut',
    );
    await until(() => run.logOf('patient').includes('request begins'), 'the request is in flight');
    run.orchestrator.kill('SIGSTOP');
    await until(() => !isAlive(run.pids[0]!), 'the module has ended');
    const log = run.logOf('patient');
    inOrder(log, 'request begins', 'request ends', 'the module stops', '"msg":"stopped"');
    inOrder(log, 'the orchestrator is slow: it left a heartbeat unanswered', '"msg":"stopping"');
    expect(log).toContain('"reason":"the orchestrator left 8 heartbeats unanswered"');
    run.orchestrator.kill('SIGCONT');
    await run.orchestrator.match(/exited with code 75; it is started again/);
    expect([200, 502]).toContain(await answer);
    await until(async () => (await run.request('patient')).status === 200, 'the module answers again');
  });

  it('and goes on before the limit keeps its module, and both are alive for each other', async () => {
    await using run = await runWith(['patient'], { interval: '250ms', missed: 100, slow: '10s' });
    run.orchestrator.kill('SIGSTOP');
    await until(() => run.logOf('patient').includes('the orchestrator is slow'), 'the module notices');
    run.orchestrator.kill('SIGCONT');
    await until(() => run.logOf('patient').includes('the orchestrator is no longer slow'), 'the module notices');
    expect((await run.request('patient')).status).toBe(200);
    expect(isAlive(run.pids[0]!)).toBe(true);
    expect(run.orchestrator.stderr).not.toMatch(/the module is slow|is started again/);
  });
});

describe('an orchestrator that is killed (SIGKILL)', () => {
  it('leaves no module behind: each finishes the request it has, stops and exits', async () => {
    await using run = await runWith(['one', 'two', 'three'], { interval: '5s' });
    const cut = run.request('two').then(
      () => 'answered',
      () => 'cut',
    );
    await until(() => run.logOf('two').includes('request begins'), 'the request is in flight');
    run.orchestrator.kill('SIGKILL');
    expect(await cut).toBe('cut');
    await until(() => !run.pids.some(isAlive), 'all modules have ended');
    inOrder(run.logOf('two'), 'request begins', 'request ends', 'the module stops', '"msg":"stopped"');
    for (const id of ['one', 'two', 'three']) {
      expect(run.logOf(id)).toContain('"reason":"the orchestrator is gone (');
      inOrder(run.logOf(id), '"msg":"stopping"', 'the module stops', '"msg":"stopped"');
    }
  });
});

describe('a module whose standard input ends', () => {
  it('finishes the request it has, stops and exits 0', async () => {
    await using module = new NodeProcess([main], { env: { PYWATT_MODULE_ID: 'patient' }, input: null });
    module.write({ op: 'init', orchestrator_api: 'o', module_id: 'patient', env: {}, listen: '127.0.0.1:1' });
    await module.match(/"op":"announce"/);
    module.write({ op: 'http_request', request_id: 'r', method: 'GET', uri: '/slow', headers: {}, body: null });
    await module.match(/request begins/);
    module.endInput();
    expect(await module.exited).toEqual({ code: 0, signal: null });
    inOrder(module.stderr, 'request begins', 'request ends', 'the module stops', '"msg":"stopped"');
    expect(module.stderr).toContain('"reason":"the orchestrator is gone (ended)"');
  });
});

describe('a module that is asked to end', () => {
  it('still answers the request it has', async () => {
    await using module = new NodeProcess([main], { env: { PYWATT_MODULE_ID: 'patient' }, input: null });
    module.write({ op: 'init', orchestrator_api: 'o', module_id: 'patient', env: {}, listen: '127.0.0.1:1' });
    await module.match(/"op":"announce"/);
    module.write({ op: 'http_request', request_id: 'r', method: 'GET', uri: '/slow', headers: {}, body: null });
    await module.match(/request begins/);
    module.write({ op: 'shutdown' });
    expect(await module.exited).toEqual({ code: 0, signal: null });
    expect(module.stdout).toMatch(/"op":"http_response","request_id":"r","status_code":200/);
  });
});

describe('a module that agreed to heartbeats, under an orchestrator by hand', () => {
  const init = {
    op: 'init',
    orchestrator_api: 'o',
    module_id: 'patient',
    env: {},
    listen: '127.0.0.1:1',
    ext: { v: 1, features: ['corr', 'b64', 'err', 'types', 'beat'], nonce: 'n' },
  };
  const request = (uri: string) => ({
    op: 'http_request',
    request_id: uri,
    method: 'GET',
    uri,
    headers: {},
    body: null,
  });

  it('drains and exits 75 when none is answered, though the channel stays open', async () => {
    await using module = new NodeProcess([main], { env: { PYWATT_MODULE_ID: 'patient' }, input: null });
    module.write({ ...init, heartbeat: { interval_ms: 200, missed: 2, slow_ms: 100 } });
    await module.match(/"op":"announce"/);
    module.write(request('/slow'));
    expect(await module.exited).toEqual({ code: 75, signal: null });
    const sent = [...module.stdout.matchAll(/"op":"heartbeat","seq":(\d+)/g)].map(([, seq]) => Number(seq));
    // More than two where the machine held the module up: such an interval does not count.
    expect(sent.slice(0, 2)).toEqual([1, 2]);
    // The channel is open until the end, so the answer still leaves.
    expect(module.stdout).toMatch(/"op":"http_response","request_id":"\/slow","status_code":200/);
    inOrder(module.stderr, 'request begins', 'request ends', 'the module stops', '"msg":"stopped"');
  });

  it('does not take its own hold-up for the silence of the orchestrator', async () => {
    await using module = new NodeProcess([main], { env: { PYWATT_MODULE_ID: 'patient' }, input: null });
    let answered = 0;
    module.onStdout(() => {
      const sent = [...module.stdout.matchAll(/"op":"heartbeat","seq":\d+/g)].length;
      while (answered < sent) module.write({ op: 'heartbeat_ack', seq: (answered += 1), lag_ms: 0 });
    });
    // It blocks for 2 s, and may miss heartbeats for 1.6 s.
    module.write({ ...init, heartbeat: { interval_ms: 400, missed: 4, slow_ms: 10_000 } });
    await module.match(/"op":"announce"/);
    for (const uri of ['/block?1', '/block?2', '/slow?3']) {
      module.write(request(uri));
      await module.match(
        new RegExp(`"op":"http_response","request_id":"${uri.replace('?', '\\?')}","status_code":200`),
      );
    }
    expect(module.stderr).not.toContain('"msg":"stopping"');
    module.write({ op: 'shutdown' });
    expect(await module.exited).toEqual({ code: 0, signal: null });
    expect(answered).toBeGreaterThan(1);
  });
});
