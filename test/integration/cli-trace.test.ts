import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TracedMessage, TraceEvent } from '../../src/orchestrator/index.js';
import { NodeProcess, repository } from './node-process.js';
import { fixture, until } from './orchestrator-fixture.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-trace-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const canary = 'canary-4f1e"9c';

const start = (...argv: string[]) => new NodeProcess([join(repository, 'dist/cli.js'), ...argv], { cwd: directory });

/** An orchestrator with two modules: one that answers, and one that passes messages on and may read a secret. */
async function run(more: Readonly<Record<string, object>> = {}) {
  const modules = { orders: fixture('answers'), relay: { ...fixture('relays'), secrets: ['KEY'] }, ...more };
  const config = { modules, secrets: [{ file: './secrets' }], gateway: { listen: '127.0.0.1:0' } };
  await writeFile(join(directory, 'pywatt.config.yaml'), JSON.stringify(config));
  await mkdir(join(directory, 'secrets'), { recursive: true });
  await writeFile(join(directory, 'secrets', 'KEY'), canary);
  const orchestrator = start('run');
  const dispose = () => orchestrator[Symbol.asyncDispose]();
  try {
    return {
      orchestrator,
      address: await orchestrator.match(/(?:ready|is up) at (http:[^\s,]+)/),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A trace that has shown a first message: from here on it misses nothing. */
async function trace(address: string, module: string, ...options: string[]) {
  const tracing = start('trace', module, ...options);
  const relayed = module === 'relay' ? `?${encodeURIComponent('{"op":"get_secret","name":"NONE"}')}` : 'first';
  await until(async () => {
    await fetch(`${address}/${module}/${relayed}`);
    return tracing.stdout.includes('http_request');
  }, 'the trace has begun');
  return tracing;
}

describe('pywatt trace', () => {
  it('prints each message on a line of its own until Ctrl-C, and then exits 0', async () => {
    await using running = await run();
    await using tracing = await trace(running.address, 'orders');
    await fetch(`${running.address}/orders/here`, { method: 'POST', body: 'the body' });
    const id = await tracing.match(
      /→ {2}http_request {2}\d+ B {2}request_id=(\S+) {2}\{.*"uri":"\/here".*"body":"the body"/,
    );
    await tracing.match(new RegExp(`← {2}http_response {2}\\d+ B {2}request_id=${id} .*"body":"/here"`));
    tracing.kill('SIGINT');
    expect(await tracing.exited).toEqual({ code: 0, signal: null });
    expect(tracing.stderr).toBe('');
    for (const line of tracing.stdout.trimEnd().split('\n'))
      expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}[→←] {2}\w+ {2}\d+ B {2}.*\}$/);
    expect((await fetch(`${running.address}/orders/after`)).status).toBe(200);
  });

  it('prints JSON for programs, and never a secret', async () => {
    await using running = await run();
    await using tracing = await trace(running.address, 'relay', '--json');
    const relay = (message: object, init?: RequestInit) =>
      fetch(`${running.address}/relay/?${encodeURIComponent(JSON.stringify(message))}`, init);
    await relay({ op: 'get_secret', name: 'KEY', request_id: 'mine' });
    const base64 = Buffer.from(JSON.stringify({ nested: canary })).toString('base64');
    const operation = { op: 'service_operation', connection_id: 'none', service_type: 'Cache', operation: 'set' };
    const params = { key: canary, value: base64, bytes: [...Buffer.from(`x${canary}x`)] };
    await relay({ ...operation, params }, { headers: { authorization: 'Bearer of-a-user' } });
    await relay({ ...operation, operation: 'last', params: { long: `${'x'.repeat(995)}${canary}` } });
    await tracing.match(/"operation":"last"/);
    await until(() => tracing.stdout.endsWith('\n'), 'the line is whole');
    const events = tracing.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TracedMessage);
    expect(events.find(({ op, message }) => op === 'secret' && message['found'] === undefined)).toEqual({
      kind: 'message',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      direction: 'to_module',
      op: 'secret',
      bytes: expect.any(Number),
      ids: { request_id: 'mine' },
      message: expect.objectContaining({ name: 'KEY', value: '[REDACTED]' }),
    });
    expect(events.find(({ op }) => op === 'service_operation')!.message['params']).toEqual({
      key: '[REDACTED]',
      value: '[REDACTED]',
      bytes: '[REDACTED]',
    });
    for (const output of [tracing.stdout, running.orchestrator.stdout, running.orchestrator.stderr]) {
      expect(output).not.toMatch(/canary|4f1e|of-a-user/);
      expect(output).not.toContain(base64);
    }
  });

  it('goes on over a restart of the module', async () => {
    await using running = await run();
    await using tracing = await trace(running.address, 'orders');
    await fetch(`${running.address}/orders/crash`);
    await tracing.match(/→ {2}init .*"module_id":"orders".*"nonce":"\[REDACTED\]"/);
    expect(await tracing.match(/← {2}announce /)).toBeDefined();
  });

  it('ends with the orchestrator', async () => {
    await using running = await run();
    await using tracing = await trace(running.address, 'orders');
    running.orchestrator.kill('SIGTERM');
    expect(await tracing.exited).toEqual({ code: 0, signal: null });
    expect(tracing.stdout).toMatch(/→ {2}shutdown /);
    expect(await running.orchestrator.exited).toEqual({ code: 0, signal: null });
  });

  it('of a module that does not run says so, and waits for its start', async () => {
    await using running = await run({ gone: { ...fixture('exits-at-once'), restart: 'never' } });
    await until(async () => {
      await using status = start('status', '--json');
      await status.exited;
      return status.stdout.includes('"failed"');
    }, 'the module has failed');
    await using tracing = start('trace', 'gone');
    expect(running.address).toMatch(/^http:/);
    await until(() => tracing.stderr.endsWith('\n'), 'it says so');
    expect(tracing.stderr).toBe(
      "pywatt: module 'gone' does not run (failed): its messages are shown once it is started\n",
    );
    tracing.kill('SIGINT');
    expect(await tracing.exited).toEqual({ code: 0, signal: null });
  });

  it('of a module that does not exist exits 1 and names the nearest', async () => {
    await using running = await run();
    await using tracing = start('trace', 'oders', '--json');
    expect(running.address).toMatch(/^http:/);
    expect(await tracing.exited).toMatchObject({ code: 1 });
    expect(JSON.parse(tracing.stderr)).toMatchObject({
      code: 'MODULE_NOT_FOUND',
      error: "there is no module 'oders' (did you mean 'orders'?)",
    });
  });

  it('tells a reader that was too slow how much it missed, and keeps nobody waiting for it', async () => {
    await using running = await run();
    const socketPath = join(directory, '.pywatt', 'control.sock');
    const asking = request({ socketPath, path: '/trace?module=orders' });
    asking.end();
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    // Not read: what the sockets and the orchestrator keep for it is bounded.
    const body = 'x'.repeat(900);
    const requests = 3_000;
    const longest = { ms: 0 };
    for (let sent = 0; sent < requests; sent += 100)
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const startedAt = performance.now();
          const answer = await fetch(`${running.address}/orders/x`, { method: 'POST', body });
          expect(answer.status).toBe(200);
          longest.ms = Math.max(longest.ms, performance.now() - startedAt);
        }),
      );
    expect(longest.ms).toBeLessThan(5_000);
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await until(() => /"kind":"dropped"/.test(text), 'it is told');
    await fetch(`${running.address}/orders/last`);
    await until(() => text.includes('"uri":"/last"') && text.endsWith('\n'), 'it has caught up');
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TraceEvent);
    const shown = events.filter(({ kind }) => kind === 'message').length;
    const dropped = events.reduce((sum, event) => sum + (event.kind === 'dropped' ? event.count : 0), 0);
    expect(shown).toBeLessThan(3_500);
    expect(shown + dropped).toBeGreaterThanOrEqual(2 * requests + 1);
    asking.destroy();
  });
});
