import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeProcess, repository } from './node-process.js';
import { fixture, isAlive, until } from './orchestrator-fixture.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-cli-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const start = (argv: readonly string[], input?: string) =>
  new NodeProcess([join(repository, 'dist/cli.js'), ...argv], {
    cwd: directory,
    ...(input !== undefined && { input }),
  });

/** Runs one command in the directory of the test. */
async function pywatt(argv: readonly string[], input?: string) {
  await using command = start(argv, input);
  const { code } = await command.exited;
  return { code, stdout: command.stdout.trimEnd(), stderr: command.stderr.trimEnd() };
}

async function configure(modules: Record<string, object>): Promise<void> {
  const config = { modules, secrets: [{ file: './secrets' }], gateway: { listen: '127.0.0.1:0' } };
  // JSON is YAML.
  await writeFile(join(directory, 'pywatt.config.yaml'), JSON.stringify(config));
}

/** The orchestrator of the test's directory, once it is ready. */
async function run() {
  const orchestrator = start(['run']);
  const dispose = () => orchestrator[Symbol.asyncDispose]();
  try {
    return { orchestrator, address: await orchestrator.match(/ready at (http:\S+)/), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

describe('pywatt', () => {
  it('tells its version, git hash, build time and Node version, and prints JSON when asked', async () => {
    expect(await pywatt(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^pywatt \d+\.\d+\.\d+ \(git \S+, built \S+, node \d+\.\d+\.\d+\)$/),
    });
    const { stdout } = await pywatt(['--version', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      version: expect.any(String),
      gitHash: expect.any(String),
      buildTime: expect.any(String),
      node: process.versions.node,
    });
  });

  it('explains itself', async () => {
    expect(await pywatt(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('pywatt secrets list') });
  });

  it('exits 2 for a command that does not exist and names the nearest', async () => {
    const { code, stdout, stderr } = await pywatt(['secrets', 'rotat', 'KEY']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("there is no command 'secrets rotat' (did you mean 'secrets rotate'?)");
  });

  it('exits 1 with NOT_RUNNING when no orchestrator runs here', async () => {
    await configure({ orders: fixture('answers') });
    const { code, stderr } = await pywatt(['secrets', 'list', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ code: 'NOT_RUNNING', error: expect.stringContaining('pywatt run') });
  });
});

describe('pywatt run', () => {
  it('prints every mistake of the configuration and exits 1', async () => {
    const yaml = `modules:
  orders: { comand: node main.js, restart: often }
databases: { main: { url: 'oracle://host' } }
caches: { fast: { url: 'memory:', policy: newest } }
ports: { range: 1-99999 }
`;
    await writeFile(join(directory, 'pywatt.config.yaml'), yaml);
    const { code, stderr } = await pywatt(['run']);
    expect(code).toBe(1);
    expect(stderr.split('\n').map((line) => line.split(': ')[0])).toEqual([
      'pywatt',
      '  - modules.orders.comand',
      '  - modules.orders.restart',
      '  - ports.range',
      '  - databases.main.url',
      '  - caches.fast',
      '  - modules.orders.command',
    ]);
    expect(stderr).toMatch(/caches\.fast: .*\(line 4, column 17\)/);
  });

  it('shows how each module of a running orchestrator is', async () => {
    await configure({ orders: fixture('answers') });
    await using running = await run();
    await until(async () => (await pywatt(['status'])).stdout.includes('alive'), 'it has answered a heartbeat');
    const { code, stdout } = await pywatt(['status']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok, pid \d+, at http:\S+\n {2}orders {2}running {2}alive {2}pid \d+ {2}restarts 0$/);
    const { modules } = JSON.parse((await pywatt(['status', '--json'])).stdout) as { modules: object[] };
    expect(modules).toEqual([expect.objectContaining({ id: 'orders', state: 'running', liveness: 'alive' })]);
    expect(stdout).toContain(running.address);
  });

  it('prints the address when ready, drains on SIGTERM and exits 0', async () => {
    await configure({ orders: fixture('answers') });
    await using running = await run();
    expect(await (await fetch(`${running.address}/orders/x`)).text()).toBe('/x');
    const stoppedAt = performance.now();
    running.orchestrator.kill('SIGTERM');
    expect(await running.orchestrator.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - stoppedAt).toBeLessThan(900);
    expect(running.orchestrator.stdout).toMatch(/^pywatt is ready at http:\S+\n {2}orders {2}running/);
    expect(running.orchestrator.stderr).toContain('"msg":"stopped"');
  });

  it('tells programs about its readiness as JSON', async () => {
    await configure({ orders: fixture('answers') });
    await using orchestrator = start(['run', '--json']);
    const ready = JSON.parse(await orchestrator.match(/^(\{"ready".*\})$/m)) as object;
    expect(ready).toEqual({
      ready: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      modules: [expect.objectContaining({ id: 'orders', state: 'running' })],
    });
  });

  it('refuses to run twice in one directory', async () => {
    await configure({ orders: fixture('answers') });
    await using first = await run();
    expect(await pywatt(['run'])).toMatchObject({ code: 1, stderr: expect.stringContaining('already running') });
    expect((await fetch(`${first.address}/orders/`)).status).toBe(200);
  });

  it('serves on when nobody reads its output any longer', async () => {
    await configure({ orders: fixture('answers') });
    await using running = await run();
    running.orchestrator.stopReading();
    const statuses = [];
    // Each makes it log a request that failed.
    for (let request = 0; request < 5; request += 1)
      statuses.push((await fetch(`${running.address}/orders/crash`)).status);
    expect(statuses[0]).toBe(502);
    running.orchestrator.kill('SIGTERM');
    expect(await running.orchestrator.exited).toEqual({ code: 0, signal: null });
  });

  it('exits at once on a second signal and takes modules that ignore everything with it', async () => {
    await configure({ deaf: { ...fixture('ignores-shutdown'), shutdownGrace: '20s' } });
    await using running = await run();
    const { modules } = (await (await fetch(`${running.address}/_pywatt/modules`)).json()) as {
      modules: { pid: number }[];
    };
    running.orchestrator.kill('SIGINT');
    await running.orchestrator.match(/"msg":"stopping"/);
    running.orchestrator.kill('SIGINT');
    expect(await running.orchestrator.exited).toEqual({ code: 1, signal: null });
    await until(() => !isAlive(modules[0]!.pid), 'the module is gone');
  });
});

describe('pywatt secrets', () => {
  const take = (address: string, id: string) =>
    fetch(`${address}/${id}/?${encodeURIComponent('{"op":"get_secret","name":"KEY"}')}`);

  async function withSecret(modules: Record<string, object>) {
    await configure(modules);
    await mkdir(join(directory, 'secrets'));
    await writeFile(join(directory, 'secrets', 'KEY'), 'the-old-value');
    const running = await run();
    for (const id of Object.keys(modules)) await take(running.address, id);
    return running;
  }

  it('list shows who supplies each and who was granted it, never a value', async () => {
    await using running = await withSecret({ orders: { ...fixture('relays'), secrets: ['KEY', 'GONE'] } });
    const { code, stdout } = await pywatt(['secrets', 'list']);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'GONE  MISSING  granted to orders',
      expect.stringMatching(/^KEY {3}file .*secrets {2}granted to orders$/),
    ]);
    const listed = (await pywatt(['secrets', 'list', '--json'])).stdout;
    expect(JSON.parse(listed)).toMatchObject([{ name: 'GONE' }, { name: 'KEY', modules: ['orders'] }]);
    expect(stdout + listed + running.orchestrator.stderr).not.toContain('the-old-value');
  });

  it('history and verify-audit tell what was done, also when no orchestrator runs, and rotate takes several', async () => {
    await using running = await withSecret({ orders: { ...fixture('relays'), secrets: ['KEY', 'USER'] } });
    await writeFile(join(directory, 'secrets', 'USER'), 'the-old-user');
    const several = await pywatt(['secrets', 'rotate', 'KEY', 'USER'], 'KEY=the-new-value\nUSER=the-new-user\n');
    expect(several).toMatchObject({ code: 0, stdout: expect.stringMatching(/^KEY, USER: rotated to version /) });
    const mistaken = await pywatt(['secrets', 'rotate', 'KEY', 'the-value-by-mistake'], 'KEY=x');
    expect(mistaken).toMatchObject({ code: 1, stderr: expect.stringContaining('word 2') });
    running.orchestrator.kill('SIGTERM');
    await running.orchestrator.exited;
    const history = await pywatt(['secrets', 'history', 'KEY']);
    expect(history.stdout).toMatch(/ access {2}granted .* by module orders\n.* rotate {2}committed .* by cli /);
    expect(await pywatt(['secrets', 'verify-audit'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('intact'),
    });
    await writeFile(join(directory, '.pywatt', 'audit', 'audit-000001.jsonl'), '');
    const verdict = await pywatt(['secrets', 'verify-audit', '--json']);
    expect(verdict.code).toBe(1);
    expect(JSON.parse(verdict.stdout)).toMatchObject({ isIntact: false, problems: [{ line: 1 }] });
    expect(history.stdout + mistaken.stderr + several.stdout).not.toMatch(/the-(old|new)-|by-mistake/);
  }, 60_000);

  it('rotate takes the value from standard input, stores it and reports per module', async () => {
    await using running = await withSecret({ orders: { ...fixture('relays'), secrets: ['KEY'] } });
    const { code, stdout } = await pywatt(['secrets', 'rotate', 'KEY'], 'the-new-value\n');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^KEY: rotated to version \S+\n {2}orders {2}acknowledged {2}\d+ ms$/);
    expect(await readFile(join(directory, 'secrets', 'KEY'), 'utf8')).toBe('the-new-value');
    expect(await (await take(running.address, 'orders')).json()).toMatchObject({ value: 'the-new-value' });
    expect(stdout + running.orchestrator.stdout + running.orchestrator.stderr).not.toMatch(/the-(old|new)-value/);
  });

  it('rotate that a module rejects exits 1, says why, and leaves the old value in force everywhere', async () => {
    await using running = await withSecret({
      orders: { ...fixture('relays'), secrets: ['KEY'] },
      billing: { ...fixture('relays'), secrets: ['KEY'], env: { REFUSES_ROTATIONS: 'not the form of a key' } },
    });
    const { code, stdout } = await pywatt(['secrets', 'rotate', 'KEY', '--json'], 'the-new-value');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'rejected',
      modules: expect.arrayContaining([
        expect.objectContaining({ moduleId: 'billing', outcome: 'rejected', message: 'not the form of a key' }),
      ]),
    });
    expect(await readFile(join(directory, 'secrets', 'KEY'), 'utf8')).toBe('the-old-value');
    expect(await (await take(running.address, 'orders')).json()).toMatchObject({ value: 'the-old-value' });
  });

  it('rotate of what nobody has, or to nothing, exits 1 with what to do', async () => {
    await using running = await withSecret({ orders: { ...fixture('relays'), secrets: ['KEY'] } });
    expect(await pywatt(['secrets', 'rotate', 'KEYS'], 'x-new-value')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("did you mean 'KEY'?"),
    });
    expect(await pywatt(['secrets', 'rotate', 'KEY'], '\n')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the new value of 'KEY' is empty"),
    });
    expect(running.orchestrator.stderr).not.toContain('x-new-value');
  });
});
