import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ChildProcessLauncher } from '../../src/orchestrator/supervisor/child-process-launcher.js';
import { parseConfig } from '../../src/orchestrator/config/parse-config.js';
import { ModulePeer } from '../../src/wire/index.js';
import { recordingLogger } from '../unit/wire/session-ends.js';
import { repository } from './node-process.js';
import { startWith, until } from './orchestrator-fixture.js';

const main = join(repository, 'test/fixtures/mains/breaks-its-frames.mjs');
const module = { command: [process.execPath, main], cwd: repository };
const nobody = 65_534;

/** Only root may start a program as somebody else. */
const asRoot = process.getuid?.() === 0 ? it : it.skip;
if (process.getuid?.() !== 0)
  process.stderr.write('SKIPPED: that other users of the host are refused, which only root can try\n');

describe('the wire between processes', () => {
  asRoot('lets nobody but its own user connect to its unix socket', async () => {
    await using app = await startWith({ modules: { one: { ...module, channels: { unix: 'required' } } } });
    await app.orchestrator.ready;
    const path = resolve(app.stateDirectory, 'wire.sock');
    const connectAs = async (uid: number): Promise<string> => {
      const script = `require('net').connect(${JSON.stringify(path)}).on('connect', () => { console.log('connected'); process.exit() }).on('error', ({ code }) => console.log(code))`;
      const child = spawn(process.execPath, ['-e', script], {
        uid,
        gid: uid,
        cwd: '/',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await once(child, 'close');
      return output.trim();
    };
    expect(await connectAs(0)).toBe('connected');
    expect(await connectAs(nobody)).toBe('EACCES');
    // The socket is closed to others even where its directories are not.
    for (const directory of [app.stateDirectory, dirname(app.stateDirectory)]) await chmod(directory, 0o755);
    expect(await connectAs(nobody)).toBe('EACCES');
  });

  it('ends a module that leaves a frame half sent, and starts it again; others do not notice', async () => {
    await using app = await startWith({
      modules: { broken: module, whole: module },
      heartbeat: { interval: '250ms', missed: 4, slow: '10s' },
    });
    await app.orchestrator.ready;
    const { pid } = app.orchestrator.modules.get('broken')!;
    const broken = app.request('/broken/break');
    await until(() => app.orchestrator.modules.get('broken')!.restarts === 1, 'it is started again');
    expect([502, 503]).toContain((await broken).status);
    await until(() => app.orchestrator.modules.get('broken')!.state === 'running', 'it runs again');
    expect(app.orchestrator.modules.get('broken')!.pid).not.toBe(pid);
    // Whichever end gives the other up first.
    expect(app.orchestrator.modules.get('broken')!.lastEnd).toMatch(/left 4 heartbeats unanswered|exited with code 75/);
    expect(app.orchestrator.modules.get('whole')).toMatchObject({ restarts: 0, liveness: 'alive' });
  });

  it('settles each of 10,000 calls under way once when their process dies, and keeps nothing of them', async () => {
    const config = parseConfig({ modules: { one: module } }, repository).modules.get('one')!;
    const launched = await new ChildProcessLauncher().launch(config);
    launched.errorOutput?.resume();
    const refuse = () => Promise.reject(new Error('it asks for nothing'));
    const peer = new ModulePeer(launched.channel, {
      moduleId: 'one',
      logger: recordingLogger([]),
      handlers: {
        getSecret: refuse,
        openService: refuse,
        requestPort: refuse,
        stray: () => undefined,
        ended: () => undefined,
      },
    });
    peer.start({ orchestrator_api: '', module_id: 'one', env: {}, listen: '127.0.0.1:1' });
    await peer.announced;
    let settled = 0;
    const call = () =>
      peer
        .request({ method: 'GET', uri: '/never', headers: {}, body: null }, { timeoutMs: 600_000 })
        .catch((error: unknown) => error)
        .finally(() => (settled += 1));
    const calls = Array.from({ length: 10_000 }, call);
    // Its answer comes after all of them were read.
    expect(
      (await peer.request({ method: 'GET', uri: '/nowhere', headers: {}, body: null }, { timeoutMs: 60_000 }))
        .status_code,
    ).toBe(404);
    expect(settled).toBe(0);
    process.kill(launched.pid!, 'SIGKILL');
    for (const outcome of await Promise.all(calls))
      expect(outcome).toMatchObject({ code: 'CHANNEL_CLOSED', retryable: true });
    expect(settled).toBe(10_000);
    await launched.exited;
    await peer.close();
  });
});
