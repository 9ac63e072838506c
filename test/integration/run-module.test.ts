import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OrdersModule } from '../../examples/orders/orders.module.js';
import { runModule } from '../../src/index.js';
import { NodeProcess, repository } from './node-process.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-run-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const main = (name: string) => ['--import', 'tsx', join(repository, 'test', 'fixtures', 'mains', `${name}.ts`)];

describe('runModule, direct', () => {
  it('runs the example under tsx, which reflects no types, and drains on SIGTERM', async () => {
    await using example = new NodeProcess(['--import', 'tsx', 'main.ts'], {
      cwd: join(repository, 'examples', 'orders'),
      env: { DATABASE_URL: `sqlite:${join(directory, 'orders.db')}`, PYWATT_SECRET_STRIPE_KEY: 'sk_test_tsx' },
    });
    const address = await example.match(/"address":"(http:[^"]+)"/);
    const created = await fetch(`${address}/orders`, {
      method: 'POST',
      body: '{"sku":"tea","quantity":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await created.json()).toMatchObject({ id: 1, sku: 'tea' });
    const health = (await (await fetch(`${address}/health`)).json()) as Record<string, unknown>;
    expect(health).toMatchObject({
      status: 'OK',
      module: 'orders',
      node: process.versions.node,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    example.kill('SIGTERM');
    expect(await example.exited).toEqual({ code: 0, signal: null });
    expect(example.stdout).toBe('');
  });

  it('never prints a secret, however user code prints it', async () => {
    await using loud = new NodeProcess(main('prints-its-secret'), {
      env: { PYWATT_SECRET_API_KEY: 'very-secret-value' },
    });
    await loud.match(/listening on/);
    loud.kill('SIGTERM');
    await loud.exited;
    expect(loud.stdout + loud.stderr).not.toContain('very-secret-value');
    expect(loud.stdout.match(/\[REDACTED\]/g)!.length).toBeGreaterThanOrEqual(4);
    expect(loud.stderr).toContain('stderr.write [REDACTED]');
  });

  it('never prints a secret when it crashes with it, and exits 1', async () => {
    await using loud = new NodeProcess(main('prints-its-secret'), {
      env: { PYWATT_SECRET_API_KEY: 'very-secret-value', CRASH: '1' },
    });
    expect(await loud.exited).toEqual({ code: 1, signal: null });
    expect(loud.stdout + loud.stderr).not.toContain('very-secret-value');
    expect(loud.stderr).toContain('crashed with [REDACTED]');
  });

  it('names every missing secret at once, before it connects to anything', async () => {
    await using needy = new NodeProcess(main('needs-three-secrets'), {
      env: { PYWATT_SECRET_COUNT: 'not-a-number' },
      cwd: repository,
    });
    expect(await needy.exited).toEqual({ code: 1, signal: null });
    for (const part of ['FIRST_KEY', 'PYWATT_SECRET_FIRST_KEY', 'SECOND_KEY', 'COUNT', 'SECRETS_MISSING'])
      expect(needy.stderr).toContain(part);
    expect(needy.stderr).not.toContain('not-a-number');
  });

  it('says which port is taken and what to do', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await using loud = new NodeProcess(main('prints-its-secret'), {
      env: { PYWATT_SECRET_API_KEY: 'very-secret-value', PORT: String(port) },
    });
    expect(await loud.exited).toEqual({ code: 1, signal: null });
    expect(loud.stderr).toContain('LISTEN_FAILED');
    expect(loud.stderr).toContain(String(port));
    server.close();
  });

  it('refuses a PORT that is no port', async () => {
    await using loud = new NodeProcess(main('prints-its-secret'), {
      env: { PYWATT_SECRET_API_KEY: 'very-secret-value', PORT: '80 80' },
    });
    expect(await loud.exited).toEqual({ code: 1, signal: null });
    expect(loud.stderr).toContain('CONFIG_INVALID');
  });

  it('lets a request in flight finish, then stops in the reverse order of the start', async () => {
    await using slow = new NodeProcess(main('stops-slowly'));
    const address = await slow.match(/"address":"(http:[^"]+)"/);
    const answer = fetch(`${address}/slow`).then((response) => response.text());
    await slow.match(/request begins/);
    slow.kill('SIGTERM');
    expect(await answer).toBe('slow but sure');
    expect(await slow.exited).toEqual({ code: 0, signal: null });
    const order = [...slow.stderr.matchAll(/"msg":"((?:start|stop) (?:deep|module))"/g)].map((match) => match[1]);
    expect(order).toEqual(['start deep', 'start module', 'stop module', 'stop deep']);
  });

  it('stops what has started when SIGTERM comes during the boot', async () => {
    await using sleepy = new NodeProcess(main('boots-slowly'));
    await sleepy.match(/start begins/);
    sleepy.kill('SIGTERM');
    expect(await sleepy.exited).toEqual({ code: 0, signal: null });
    expect([...sleepy.stderr.matchAll(/"msg":"(start ends|stop)"/g)].map((match) => match[1])).toEqual([
      'start ends',
      'stop',
    ]);
    expect(sleepy.stderr).not.toContain('listening');
  });

  it('goes on serving when nobody reads its log any more', async () => {
    await using slow = new NodeProcess(main('stops-slowly'));
    const address = await slow.match(/"address":"(http:[^"]+)"/);
    slow.stopReading();
    for (let request = 0; request < 3; request += 1) {
      expect(await (await fetch(`${address}/slow`)).text()).toBe('slow but sure');
    }
    slow.kill('SIGTERM');
    expect(await slow.exited).toEqual({ code: 0, signal: null });
  });

  it('needs an address in production', async () => {
    await using example = new NodeProcess(['--import', 'tsx', 'main.ts'], {
      cwd: join(repository, 'examples', 'orders'),
      env: { NODE_ENV: 'production', PYWATT_SECRET_STRIPE_KEY: 'sk_test_tsx' },
    });
    expect(await example.exited).toMatchObject({ code: 1 });
    expect(example.stderr).toContain('set DATABASE_URL');
  });
});

describe('runModule, proxied', () => {
  it('never falls back to direct: without an init line it says so and exits 1', async () => {
    await using example = new NodeProcess(['--import', 'tsx', 'main.ts'], {
      cwd: join(repository, 'examples', 'orders'),
      env: {
        PYWATT_MODULE_ID: 'orders',
        DATABASE_URL: `sqlite:${join(directory, 'never.db')}`,
        PYWATT_SECRET_STRIPE_KEY: 'sk_test_tsx',
      },
    });
    expect(await example.exited).toEqual({ code: 1, signal: null });
    expect(example.stderr).toContain('INIT_TIMEOUT');
    expect(example.stderr).toContain('pywatt run');
    expect(example.stdout).toBe('');
  });

  it('keeps everything user code prints off the wire, redacted', async () => {
    await using loud = new NodeProcess(main('prints-its-secret'), { env: { PYWATT_MODULE_ID: 'loud' }, input: null });
    loud.write({ op: 'init', orchestrator_api: 'o', module_id: 'loud', env: {}, listen: '127.0.0.1:1' });
    await loud.match(/get_secret/);
    loud.write({ op: 'secret', name: 'API_KEY', value: 'very-secret-value' });
    await loud.match(/"op":"announce"/);
    loud.write({ op: 'shutdown' });
    expect(await loud.exited).toEqual({ code: 0, signal: null });
    const lines = loud.stdout.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => (JSON.parse(line) as { op: string }).op)).toEqual(['get_secret', 'announce']);
    expect(loud.stderr).not.toContain('very-secret-value');
    for (const way of ['console.log', 'stdout.write', 'stdout.write of bytes']) {
      expect(loud.stderr).toContain(`${way} [REDACTED]`);
    }
  });

  it('loses no message to a line that a child process or a thread left without its end', async () => {
    const env = { PYWATT_MODULE_ID: 'beside', IPC_ONLY: '1' };
    await using beside = new NodeProcess(main('prints-beside-the-wire'), { env, input: null });
    beside.write({ op: 'init', orchestrator_api: 'o', module_id: 'beside', env: {}, listen: '127.0.0.1:1' });
    await beside.match(/"op":"announce"/);
    for (const name of ['child', 'thread']) {
      const uri = `/${name}`;
      beside.write({ op: 'http_request', request_id: name, method: 'GET', uri, headers: {}, body: null });
      await beside.match(new RegExp(`"request_id":"${name}"`));
    }
    beside.write({ op: 'shutdown' });
    await beside.exited;
    const lines = beside.stdout.split('\n').filter((line) => line !== '');
    const printed = lines.filter((line) => !line.startsWith('{'));
    expect(printed).toEqual(['half a line of a child', 'half a line of a thread']);
    const messages = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { op: string });
    expect(messages.map(({ op }) => op)).toEqual(['announce', 'http_response', 'http_response']);
  });

  it('is a clear error under a test runner', async () => {
    await expect(runModule(OrdersModule)).rejects.toMatchObject({
      code: 'RUN_MODULE_IN_TEST',
      message: expect.stringContaining('testModule'),
    });
  });
});
