import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fixture, startWith, until } from './orchestrator-fixture.js';

type App = Awaited<ReturnType<typeof startWith>>;

/** What the orchestrator replied to a message that module `id` sent it. */
async function reply(app: App, id: string, message: object): Promise<Record<string, unknown>> {
  const response = await app.request(`/${id}/?${encodeURIComponent(JSON.stringify(message))}`);
  return (await response.json()) as Record<string, unknown>;
}

const open = (service_type: unknown, name: string) => ({
  op: 'service_request',
  id: `${String(service_type)}-${name}`,
  service_type,
  config: { name },
});
const call = (connection_id: unknown, service_type: string, operation: string, params: object) => ({
  op: 'service_operation',
  connection_id,
  service_type,
  operation,
  params,
  request_id: operation,
});

describe('what a module was granted', () => {
  it('is served: a cache, a secret and a port', async () => {
    await using app = await startWith({
      modules: { orders: { ...fixture('relays'), caches: ['default'], secrets: ['KEY'] } },
      caches: { default: { url: 'memory:' } },
      secrets: [{ memory: { KEY: 'value-of-the-key' } }],
    });
    await app.orchestrator.ready;

    const { connection_id: cache } = await reply(app, 'orders', open('Cache', 'default'));
    await reply(app, 'orders', call(cache, 'Cache', 'set', { key: 'k', value: 'dg==', ttl_seconds: null }));
    expect(await reply(app, 'orders', call(cache, 'Cache', 'get', { key: 'k' }))).toMatchObject({
      success: true,
      result: 'dg==',
    });

    expect(await reply(app, 'orders', { op: 'get_secret', name: 'KEY' })).toMatchObject({
      op: 'secret',
      value: 'value-of-the-key',
    });
    const { success, port, init } = await reply(app, 'orders', {
      op: 'port_request',
      request_id: 'p',
      specific_port: null,
    });
    expect({ success, port }).toEqual({ success: true, port: expect.any(Number) });
    expect((init as { listen: string }).listen).not.toBe(`127.0.0.1:${String(port)}`);
  });

  it('is all it gets: other databases, caches and secrets are refused and the refusal is logged', async () => {
    await using app = await startWith({
      modules: { orders: fixture('relays') },
      databases: { default: { url: 'sqlite::memory:' } },
      caches: { default: { url: 'memory:' } },
      secrets: [{ memory: { KEY: 'value-of-the-key' } }],
    });
    await app.orchestrator.ready;
    const hint = (kind: string, name: string) =>
      `module 'orders' was not granted the ${kind} '${name}': list it under modules.orders.${kind}s`;

    expect(await reply(app, 'orders', open('Database', 'default'))).toMatchObject({
      success: false,
      error_code: 'ACCESS_DENIED',
      error: hint('database', 'default'),
    });
    expect(await reply(app, 'orders', open('Cache', 'default'))).toMatchObject({
      success: false,
      error_code: 'ACCESS_DENIED',
    });
    expect(await reply(app, 'orders', { op: 'get_secret', name: 'KEY' })).toMatchObject({
      value: '',
      found: false,
      error_code: 'ACCESS_DENIED',
      error: hint('secret', 'KEY'),
    });
    expect(await reply(app, 'orders', open({ Custom: 'mail' }, 'default'))).toMatchObject({
      success: false,
      error_code: 'ACCESS_DENIED',
      error: hint('service', 'mail'),
    });
    expect(app.logged(/access refused/).map(({ module, kind, name }) => [module, kind, name])).toEqual([
      ['orders', 'database', 'default'],
      ['orders', 'cache', 'default'],
      ['orders', 'secret', 'KEY'],
      ['orders', 'service', 'mail'],
    ]);
  });

  it('as direct is told to it at its start and refused over the wire', async () => {
    await using app = await startWith({
      modules: { orders: { ...fixture('relays'), databases: { local: 'direct' } } },
    });
    await app.orchestrator.ready;
    expect(await reply(app, 'orders', open('Database', 'local'))).toMatchObject({
      error_code: 'ACCESS_DENIED',
      init: { grants: { databases: { local: 'direct' }, caches: {} } },
    });
  });

  it('is reported at the start when it is a secret that nobody has, and answered as not found', async () => {
    await using app = await startWith({
      modules: { orders: { ...fixture('relays'), secrets: ['MISSING'] } },
      secrets: [{ memory: {} }],
    });
    await app.orchestrator.ready;
    expect(app.logged(/granted secret is missing/)[0]).toMatchObject({
      level: 'warn',
      name: 'MISSING',
      modules: ['orders'],
    });
    expect(await reply(app, 'orders', { op: 'get_secret', name: 'MISSING' })).toMatchObject({
      found: false,
      error_code: 'SECRET_NOT_FOUND',
    });
  });
});

describe('a module that dies', () => {
  it('has its open transaction rolled back, so that its next launch finds the database free and unchanged', async () => {
    await using app = await startWith({
      modules: { orders: { ...fixture('relays'), databases: ['default'] } },
      databases: { default: { url: 'sqlite:./app.db' } },
    });
    await app.orchestrator.ready;
    const run = async (operation: string, params: object) => {
      const { connection_id: connection } = await reply(app, 'orders', open('Database', 'default'));
      return reply(app, 'orders', call(connection, 'Database', operation, params));
    };
    await run('execute', { query: 'CREATE TABLE sales (id INTEGER)', params: [] });
    const { connection_id: connection } = await reply(app, 'orders', open('Database', 'default'));
    const { result: transaction } = await reply(app, 'orders', call(connection, 'Database', 'begin_transaction', {}));
    const insert = { transaction_id: transaction, query: 'INSERT INTO sales VALUES (1)', params: [] };
    expect(await reply(app, 'orders', call(connection, 'Database', 'transaction_execute', insert))).toMatchObject({
      success: true,
      result: 1,
    });

    process.kill(app.orchestrator.modules.get('orders')!.pid!, 'SIGKILL');
    await until(() => app.orchestrator.modules.get('orders')!.restarts === 1, 'it is started again');
    await until(() => app.orchestrator.modules.get('orders')!.state === 'running', 'it is running again');
    expect(await run('query', { query: 'SELECT id FROM sales', params: [] })).toMatchObject({
      success: true,
      result: [],
    });
    expect(await run('execute', { query: 'INSERT INTO sales VALUES (2)', params: [] })).toMatchObject({
      success: true,
      result: 1,
    });
  });
});

describe('a database URL', () => {
  it('that cannot be opened fails the module that asks for it, with the reason in the log, and nothing else', async () => {
    await using app = await startWith({
      modules: { orders: { ...fixture('relays'), databases: ['default'] } },
      databases: { default: { url: 'sqlite:/dev/null/no/such/directory/app.db' } },
    });
    await app.orchestrator.ready;
    expect(await reply(app, 'orders', open('Database', 'default'))).toMatchObject({
      success: false,
      error_code: 'CONNECTION',
    });
    expect(app.logged(/database could not be opened/)[0]).toMatchObject({
      level: 'error',
      database: 'default',
      error: { code: 'CONNECTION' },
    });
    expect(app.orchestrator.modules.get('orders')!.state).toBe('running');
  });

  it('of an engine that does not exist is a mistake of the configuration, reported with those of the caches', async () => {
    await expect(
      startWith({
        modules: { orders: fixture('answers') },
        databases: { main: { url: 'dbase:./app.dbf' } },
        caches: { first: { url: 'memroy:' }, second: { url: 'memory:', policy: 'newest' } },
      }),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { problems: [{ path: 'databases.main.url' }, { path: 'caches.first' }, { path: 'caches.second' }] },
    });
  });
});

describe('ports', () => {
  it('of a module that died are given again, and a taken one is passed over', async () => {
    const taken = createServer();
    await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening));
    const { port } = taken.address() as { port: number };
    const first = Math.min(port, 65_533);
    await using app = await startWith({
      modules: { orders: fixture('relays') },
      ports: { range: `${first}-${first + 2}` },
    });
    await app.orchestrator.ready;
    const specific = await reply(app, 'orders', { op: 'port_request', request_id: 'p', specific_port: port });
    expect(specific).toMatchObject({ success: false, port: 0, error_message: `port ${port} is in use` });
    for (let restarts = 1; restarts <= 3; restarts++) {
      process.kill(app.orchestrator.modules.get('orders')!.pid!, 'SIGKILL');
      await until(() => app.orchestrator.modules.get('orders')!.restarts === restarts, 'it is started again');
      await until(() => app.orchestrator.modules.get('orders')!.state === 'running', 'it is running again');
    }
    await new Promise((closed) => taken.close(closed));
  });
});

describe('rotating a secret', () => {
  const modules = {
    orders: { ...fixture('relays'), secrets: ['KEY'] },
    idle: { ...fixture('relays'), secrets: ['KEY'] },
  };

  it('reaches the modules that hold it, stores the new value and serves it from then on', async () => {
    await using app = await startWith({ modules, secrets: [{ memory: { KEY: 'the-old-value' } }] });
    await app.orchestrator.ready;
    await reply(app, 'orders', { op: 'get_secret', name: 'KEY' });
    const report = await app.orchestrator.rotateSecret('KEY', 'the-new-value');
    expect(report).toMatchObject({ outcome: 'committed', modules: [{ moduleId: 'orders', outcome: 'acknowledged' }] });
    expect(await reply(app, 'idle', { op: 'get_secret', name: 'KEY' })).toMatchObject({ value: 'the-new-value' });
    expect(JSON.stringify(app.lines)).not.toMatch(/the-(old|new)-value/);
  });

  it('that a module refuses leaves the old value in force everywhere', async () => {
    const stubborn = { ...fixture('relays'), secrets: ['KEY'], env: { REFUSES_ROTATIONS: 'the bank says no' } };
    await using app = await startWith({
      modules: { ...modules, stubborn },
      secrets: [{ memory: { KEY: 'the-old-value' } }],
    });
    await app.orchestrator.ready;
    await reply(app, 'orders', { op: 'get_secret', name: 'KEY' });
    await reply(app, 'stubborn', { op: 'get_secret', name: 'KEY' });
    const report = await app.orchestrator.rotateSecret('KEY', 'the-new-value');
    expect(report.outcome).toBe('rejected');
    expect(report.modules).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ moduleId: 'orders', outcome: 'rolled-back' }),
        expect.objectContaining({
          moduleId: 'stubborn',
          outcome: 'rejected',
          message: expect.stringContaining('the bank says no'),
        }),
      ]),
    );
    expect(await reply(app, 'idle', { op: 'get_secret', name: 'KEY' })).toMatchObject({ value: 'the-old-value' });
  });

  it('that comes from the environment is refused before any module hears of it', async () => {
    process.env['PYWATT_SECRET_KEY'] = 'the-old-value';
    await using app = await startWith({ modules });
    await app.orchestrator.ready;
    await reply(app, 'orders', { op: 'get_secret', name: 'KEY' });
    await expect(app.orchestrator.rotateSecret('KEY', 'the-new-value')).rejects.toMatchObject({ code: 'READ_ONLY' });
    delete process.env['PYWATT_SECRET_KEY'];
  });

  it('that lives in a file writes the file', async () => {
    await using app = await startWith({ modules, secrets: [{ file: '.' }] });
    await writeFile(join(app.directory, 'KEY'), 'the-old-value\n');
    await app.orchestrator.ready;
    expect(await reply(app, 'orders', { op: 'get_secret', name: 'KEY' })).toMatchObject({ value: 'the-old-value' });
    await app.orchestrator.rotateSecret('KEY', 'the-new-value');
    expect(await app.orchestrator.listSecrets()).toEqual(
      expect.arrayContaining([
        { name: 'KEY', provider: `file ${app.directory}`, modules: ['orders', 'idle'], usedBy: [] },
      ]),
    );
    // One that cannot be read takes the others with it no more than it has to.
    await writeFile(join(app.directory, 'BINARY'), Buffer.from([0xff, 0xfe]));
    const listed = await app.orchestrator.listSecrets();
    expect(listed).toContainEqual(expect.objectContaining({ name: 'KEY', provider: `file ${app.directory}` }));
    expect(listed).toContainEqual({
      name: 'BINARY',
      problem: expect.stringContaining('not UTF-8 text'),
      modules: [],
      usedBy: [],
    });
  });
});
