import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { connectControl } from '../../src/orchestrator/index.js';
import { claimControlSocket, releaseControlSocket } from '../../src/orchestrator/control/control-socket.js';
import { ControlServer } from '../../src/orchestrator/control/control-server.js';
import { ModuleTraces } from '../../src/orchestrator/trace/module-traces.js';
import { SecretRedactor } from '../../src/logging/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';

const config = {
  modules: { orders: { ...fixture('answers'), secrets: ['KEY', 'GONE'] } },
  secrets: [{ memory: { KEY: 'the-old-value', OTHER: 'the-other-value' } }],
};

describe('the control socket', () => {
  it('tells status and secrets, never their values, and rotates', async () => {
    await using app = await startWith(config);
    await app.orchestrator.ready;
    const control = connectControl(app.stateDirectory);
    expect(await control.status()).toMatchObject({
      status: 'ok',
      pid: process.pid,
      gateway: app.orchestrator.gateway,
      modules: [{ id: 'orders' }],
    });
    const secrets = await control.listSecrets();
    expect(secrets).toEqual([
      { name: 'GONE', modules: ['orders'], usedBy: [] },
      { name: 'KEY', provider: 'memory', modules: ['orders'], usedBy: [] },
      { name: 'OTHER', provider: 'memory', modules: [], usedBy: [] },
    ]);
    expect(await control.rotateSecret('KEY', 'the-new-value')).toMatchObject({
      name: 'KEY',
      outcome: 'committed',
      modules: [],
    });
  });

  it('fails a rotation with the error of the orchestrator, which does not contain the value', async () => {
    await using app = await startWith(config);
    const refused = await connectControl(app.stateDirectory)
      .rotateSecret('KEYS', 'the-new-value')
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({
      family: 'secret',
      code: 'NOT_FOUND',
      message: expect.stringContaining("did you mean 'KEY'"),
    });
    expect(String((refused as Error).message)).not.toContain('the-new-value');
  });

  it('is for this user only', async () => {
    await using app = await startWith(config);
    expect((await stat(join(app.stateDirectory, 'control.sock'))).mode & 0o777).toBe(0o600);
    expect((await stat(app.stateDirectory)).mode & 0o777).toBe(0o700);
  });

  it('belongs to one orchestrator: a second one for the same directory is refused', async () => {
    await using app = await startWith(config);
    await expect(startWith({ ...config, state: app.stateDirectory })).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
      message: expect.stringContaining(app.stateDirectory),
    });
    expect(await connectControl(app.stateDirectory).status()).toMatchObject({ gateway: app.orchestrator.gateway });
  });

  it('is there again after its file was deleted', async () => {
    await using app = await startWith(config);
    const path = join(app.stateDirectory, 'control.sock');
    await rm(path);
    await until(() => existsSync(path), 'the file is made again');
    await until(() => app.logged(/has been made again/).length > 0, 'it is told');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await connectControl(app.stateDirectory).status()).toMatchObject({ pid: process.pid });
  });

  it('of an orchestrator that was killed is replaced', async () => {
    const state = await mkdtemp(join(tmpdir(), 'pywatt-stale-'));
    const script = `require('node:net').createServer().listen(${JSON.stringify(join(state, 'control.sock'))}, () => console.log('up'))`;
    const dead = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(dead.stdout, 'data');
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    expect(existsSync(join(state, 'control.sock'))).toBe(true);
    await expect(connectControl(state).status()).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    {
      await using app = await startWith({ ...config, state });
      expect(await connectControl(app.stateDirectory).status()).toMatchObject({ pid: process.pid });
    }
    expect(existsSync(join(state, 'control.sock'))).toBe(false);
    await rm(state, { recursive: true });
  });

  it('is found where the path of the state directory is too long for a socket', async () => {
    const base = await mkdtemp(join(tmpdir(), 'pywatt-long-'));
    const state = join(base, 'a-rather-long-name'.repeat(6), 'state');
    {
      await using app = await startWith({ ...config, state });
      expect(app.stateDirectory).toBe(state);
      const path = (await readFile(join(state, 'control.path'), 'utf8')).trim();
      expect(path.length).toBeLessThan(100);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await connectControl(state).status()).toMatchObject({ pid: process.pid });
    }
    await expect(connectControl(state).status()).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await rm(base, { recursive: true });
  });

  it('is missed with a word on what to do when no orchestrator runs', async () => {
    await expect(connectControl('/no/such/directory').status()).rejects.toMatchObject({
      code: 'NOT_RUNNING',
      message: expect.stringMatching(/no orchestrator answers for \/no\/such\/directory.*pywatt run/),
    });
  });

  it('says that the orchestrator ended before it answered, and where to look then', async () => {
    const state = await mkdtemp(join(tmpdir(), 'pywatt-control-'));
    const server = createServer((socket) => socket.once('data', () => socket.destroy()));
    await claimControlSocket(server, state);
    await expect(connectControl(state).rotateSecret('KEY', 'the-new-value')).rejects.toMatchObject({
      code: 'NOT_RUNNING',
      message: expect.stringMatching(/ended before it answered.*pywatt secrets history NAME/),
    });
    await releaseControlSocket(state);
    await new Promise((closed) => server.close(closed));
    await rm(state, { recursive: true });
  });

  it('is not opened when it is not wanted', async () => {
    await using app = await startWith(config, { control: false });
    expect(existsSync(app.stateDirectory)).toBe(false);
  });

  it('in a directory that cannot be made is a mistake of the configuration', async () => {
    await expect(startWith({ ...config, state: '/dev/null/state' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/\/dev\/null\/state.*set state/),
    });
  });
});

describe('a trace over the control socket', () => {
  it('is of a module that exists', async () => {
    await using app = await startWith(config);
    const events = connectControl(app.stateDirectory).trace('oders', new AbortController().signal);
    await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      family: 'orchestrator',
      code: 'MODULE_NOT_FOUND',
    });
  });

  it('costs nothing any more once its reader has gone, and ends quietly for the reader', async () => {
    const state = await mkdtemp(join(tmpdir(), 'pywatt-trace-'));
    const redactor = new SecretRedactor();
    const traces = new ModuleTraces(redactor);
    const unused = () => Promise.reject(new Error('not asked for here'));
    const control = await ControlServer.start({
      stateDirectory: state,
      toolSession: async () => (socket) => void socket.destroy(),
      actions: {
        status: unused,
        listSecrets: unused,
        rotateSecret: unused,
        rotateSecrets: unused,
        recordSet: unused,
        adoptSecrets: unused,
        trace: (_module, signal) => traces.open(signal),
      },
      logger: silentLogger,
      redactor,
    });
    const leaving = new AbortController();
    const events = connectControl(state).trace('orders', leaving.signal)[Symbol.asyncIterator]();
    const next = events.next();
    await until(() => traces.isWatched, 'the trace is open');
    traces.show('to_module', { op: 'heartbeat', seq: 1 }, 10);
    expect((await next).value).toMatchObject({ op: 'heartbeat' });
    const waiting = events.next();
    leaving.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await until(() => !traces.isWatched, 'the trace is closed');
    await control.close();
    await rm(state, { recursive: true });
  });
});
