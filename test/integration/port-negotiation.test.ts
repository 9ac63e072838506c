import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { NodeProcess, repository } from './node-process.js';
import { type LogLine, startWith, until } from './orchestrator-fixture.js';

const main = join(repository, 'test/fixtures/mains/serves-on-its-own-port.mjs');
const argv = [main];
const ownPort = { command: [process.execPath, ...argv], cwd: repository };

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((closed) => server.close(closed))));
});

/** Another program that listens; port 0 is any. */
async function occupy(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

/** The first of some ports that are most likely free. */
async function freePort(): Promise<number> {
  const port = await occupy(0);
  const server = servers.pop()!;
  await new Promise((closed) => server.close(closed));
  return Math.min(port, 65_000);
}

const listenOf = (line: LogLine | undefined) => String(line?.['listen']);
const portOf = (listen: string) => Number(listen.slice('127.0.0.1:'.length));
const moduleAt = async (listen: string) =>
  ((await (await fetch(`http://${listen}/health`)).json()) as { module: string }).module;

describe('a module with a port of its own', () => {
  it('listens on the port set aside for it, announces that, and answers there and through the gateway', async () => {
    const first = await freePort();
    await using app = await startWith({
      modules: { orders: { ...ownPort } },
      ports: { range: `${first}-${first + 20}` },
    });
    await app.orchestrator.ready;
    const listen = listenOf(app.logged(/is running$/)[0]);
    expect(portOf(listen)).toBeGreaterThanOrEqual(first);
    expect(portOf(listen)).toBeLessThanOrEqual(first + 20);
    expect(await moduleAt(listen)).toBe('orders');
    expect(await (await app.request('/orders/health')).json()).toMatchObject({ module: 'orders' });
  });

  it('asks for another port when the one set aside was taken before it bound it', async () => {
    const first = await freePort();
    const taken: number[] = [];
    const visited = createHttpServer((_request, response) => {
      const take = async () => {
        for (const port of [first, first + 1, first + 2]) {
          await occupy(port).then(
            () => taken.push(port),
            () => undefined,
          );
        }
        response.end();
      };
      void take();
    }).listen(0, '127.0.0.1');
    servers.push(visited);
    await once(visited, 'listening');

    const VISIT = `http://127.0.0.1:${(visited.address() as AddressInfo).port}`;
    await using app = await startWith({
      modules: { orders: { ...ownPort, env: { VISIT } } },
      ports: { range: `${first}-${first + 20}` },
    });
    await app.orchestrator.ready;
    visited.closeAllConnections();
    const listen = listenOf(app.logged(/is running$/)[0]);
    expect(taken).not.toContain(portOf(listen));
    expect(portOf(listen)).toBeGreaterThan(first);
    expect(portOf(listen)).toBeLessThanOrEqual(first + 20);
    expect(await moduleAt(listen)).toBe('orders');
    expect(app.logged(/set aside for this module is taken/)).toHaveLength(1);
    expect(app.orchestrator.modules.get('orders')).toMatchObject({ state: 'running', restarts: 0 });
  });

  it('gives it back when it is killed: its next launch gets the only port there is', async () => {
    const port = await freePort();
    await using app = await startWith({
      modules: { orders: { ...ownPort } },
      ports: { range: `${port}-${port}` },
    });
    // Another process may hold the port for a moment; then the first launch fails and the next one runs.
    await until(() => app.orchestrator.modules.get('orders')!.state === 'running', 'it runs');
    process.kill(app.orchestrator.modules.get('orders')!.pid!, 'SIGKILL');
    await until(() => app.logged(/is running$/).length === 2, 'it runs again');
    expect(app.logged(/is running$/).map(listenOf)).toEqual([`127.0.0.1:${port}`, `127.0.0.1:${port}`]);
    expect(await moduleAt(`127.0.0.1:${port}`)).toBe('orders');
  });
});

describe('a module with a port of its own, under a plain orchestrator', () => {
  const init = { orchestrator_api: 'o', module_id: 'orders', env: {}, listen: '/run/of-no-use.sock' };

  it('asks for the port that PORT names, and listens there', async () => {
    const port = await freePort();
    await using module = new NodeProcess(argv, { env: { PYWATT_MODULE_ID: 'orders' }, input: null });
    module.write({ ...init, env: { PORT: String(port) } });
    const id = await module.match(new RegExp(`"op":"port_request","request_id":"([^"]+)","specific_port":${port}`));
    module.write({ op: 'port_response', request_id: id, success: true, port, error_message: null });
    expect(await module.match(/"op":"announce","listen":"([^"]+)"/)).toBe(`127.0.0.1:${port}`);
    expect(await moduleAt(`127.0.0.1:${port}`)).toBe('orders');
    module.write({ op: 'shutdown' });
    expect(await module.exited).toEqual({ code: 0, signal: null });
  });

  it('that never answers, finds one of 10000-10999 once three requests went unanswered', async () => {
    await using module = new NodeProcess(argv, { env: { PYWATT_MODULE_ID: 'orders' }, input: null });
    module.write(init);
    await module.match(/"op":"port_request"/);
    const askedAt = performance.now();
    const listen = await module.match(/"op":"announce","listen":"([^"]+)"/);
    const waitedMs = performance.now() - askedAt;
    expect(waitedMs).toBeGreaterThan(12_000);
    expect(listen).toMatch(/^127\.0\.0\.1:10\d{3}$/);
    expect(await moduleAt(listen)).toBe('orders');
    const asked = [...module.stdout.matchAll(/"specific_port":(null|\d+)/g)].map((match) => match[1]);
    expect(asked).toEqual(['null', expect.stringMatching(/^8\d{3}$/), 'null']);
  });

  it('stops without an announcement when it is told to while it still asks', async () => {
    await using module = new NodeProcess(argv, { env: { PYWATT_MODULE_ID: 'orders' }, input: null });
    module.write(init);
    await module.match(/"op":"port_request"/);
    module.write({ op: 'shutdown' });
    expect(await module.exited).toEqual({ code: 0, signal: null });
    expect(module.stdout).not.toContain('announce');
  });
});
