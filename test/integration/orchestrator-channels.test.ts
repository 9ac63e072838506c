import { readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ModuleConfigInput, OrchestratorConfigInput } from '../../src/orchestrator/index.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';
import { freePort } from './free-port.js';
import { tlsFile } from '../support/tls-file.js';

const certificate = (name: string) => ({ cert: tlsFile(`${name}.pem`), key: tlsFile(`${name}.key`) });
const ca = tlsFile('authority.pem');

type App = Awaited<ReturnType<typeof startWith>>;

/** Starts the module that counts; it is never started again, so that a failed boot shows. */
function startCounting(module: Partial<ModuleConfigInput>, more: Partial<OrchestratorConfigInput> = {}): Promise<App> {
  return startWith({
    modules: { counts: { ...fixture('../mains/counts'), caches: ['default'], restart: 'never', ...module } },
    caches: { default: { url: 'memory:' } },
    ...more,
  });
}

async function count(app: App): Promise<number> {
  const response = await app.request('/counts/count');
  expect(response.status).toBe(200);
  return ((await response.json()) as { count: number }).count;
}

/** The kinds of channel over which calls of the cache have come. */
async function channelsOfCalls(app: App): Promise<string[]> {
  const text = await (await app.request('/_pywatt/metrics')).text();
  const kinds = text.matchAll(
    /pywatt_call_duration_seconds_count\{[^}]*channel="(\w+)"[^}]*operation="increment"[^}]*\} [1-9]/g,
  );
  return [...new Set([...kinds].map(([, kind]) => kind!))];
}

/** Waits until the module has ended and tells why, as it logged it. */
async function failureOf(app: App): Promise<string> {
  await until(() => app.orchestrator.modules.get('counts')!.state === 'failed', 'the module has failed');
  return String(app.logged(/could not start/)[0]?.msg);
}

describe('a module of this SDK reaches its orchestrator', () => {
  it('over the socket it inherits, unless its configuration names channels', async () => {
    await using app = await startCounting({});
    await app.orchestrator.ready;
    expect(await count(app)).toBe(1);
    expect(await channelsOfCalls(app)).toEqual(['fd']);
  });

  it('over a unix socket that only this user can open', async () => {
    await using app = await startCounting({ channels: ['unix'] });
    await app.orchestrator.ready;
    expect(await count(app)).toBe(1);
    expect(await channelsOfCalls(app)).toEqual(['unix']);
    expect((await stat(resolve(app.stateDirectory, 'wire.sock'))).mode & 0o777).toBe(0o600);
    expect((await stat(app.stateDirectory)).mode & 0o777).toBe(0o700);
  });

  it('over TCP', async () => {
    await using app = await startCounting({ channels: ['tcp'] });
    await app.orchestrator.ready;
    expect(await count(app)).toBe(1);
    expect(await channelsOfCalls(app)).toEqual(['tcp']);
  });

  it('over TLS, the certificate of the orchestrator checked', async () => {
    const tls = { ...certificate('orchestrator'), ca };
    await using app = await startCounting({ channels: { tcp: 'required' } }, { channels: { tcp: { tls } } });
    await app.orchestrator.ready;
    expect(await count(app)).toBe(1);
    expect(await channelsOfCalls(app)).toEqual(['tls']);
  });

  it('over mutual TLS, its own certificate shown', async () => {
    await using app = await startCounting(
      { channels: { tcp: 'required' }, tls: certificate('module') },
      { channels: { tcp: { tls: { ...certificate('orchestrator'), ca, clientCa: ca } } } },
    );
    await app.orchestrator.ready;
    expect(await count(app)).toBe(1);
    expect(await channelsOfCalls(app)).toEqual(['tls']);
  });

  it('without telling anybody the token of its launch', async () => {
    await using app = await startCounting({ channels: ['unix', 'tcp'] });
    await app.orchestrator.ready;
    const { pid } = app.orchestrator.modules.get('counts')!;
    const shown = await Promise.all(['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')));
    // 32 random bytes as text; paths of this machine may have names as long.
    const text = `${shown.join('')}${JSON.stringify(app.lines)}`.replaceAll(process.cwd(), '').replaceAll(tmpdir(), '');
    expect(text).not.toMatch(/auth_token|(?<![\w-])[\w-]{43}(?![\w-])/);
  });
});

const leftText = 'it left in the handshake: it may not accept this certificate';

describe('a module whose channel does not work', () => {
  it.each([
    ['an expired certificate', 'expired', undefined, 'certificate has expired', leftText],
    ['a certificate of another host', 'other-host', undefined, 'IP: 127.0.0.1 is not in the cert', leftText],
    ['a certificate the module does not show', 'orchestrator', undefined, undefined, 'it showed no certificate: give'],
    [
      'a certificate of another authority',
      'orchestrator',
      'foreign-module',
      undefined,
      'its certificate is not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE): it must be signed by clientCa',
    ],
  ])('does not start when it is required, with %s, and both ends say why', async (_name, own, shown, told, logged) => {
    const isMutual = told === undefined;
    await using app = await startCounting(
      { channels: { tcp: 'required' }, ...(shown && { tls: certificate(shown) }) },
      { channels: { tcp: { tls: { ...certificate(own), ca, ...(isMutual && { clientCa: ca }) } } } },
    );
    const failure = await failureOf(app);
    expect(failure).toContain('a channel this module must have does not work');
    if (!isMutual) expect(failure).toContain(told);
    const refusals = app.logged(/a TLS connection of a module was refused/);
    expect(refusals[0]).toMatchObject({ level: 'warn', reason: expect.stringContaining(logged) });
  });

  it('does not start when it is required and the orchestrator shows a certificate of another authority', async () => {
    const tls = { ...certificate('orchestrator'), ca: tlsFile('other-authority.pem') };
    await using app = await startCounting({ channels: { tcp: 'required' } }, { channels: { tcp: { tls } } });
    expect(await failureOf(app)).toMatch(
      /a channel this module must have does not work.*(unable to verify|self.signed|issuer)/,
    );
  });

  it('stays on what it inherits when it is optional, and says so', async () => {
    await using app = await startCounting(
      { channels: ['tcp'] },
      { channels: { tcp: { tls: { ...certificate('expired'), ca } } } },
    );
    await app.orchestrator.ready;
    expect(await count(app)).toBe(1);
    expect(await channelsOfCalls(app)).toEqual(['fd']);
    expect(app.logged(/stays on the one it inherited/)).toMatchObject([{ level: 'warn', module: 'counts' }]);
  });

  it('uses the next one, and is told apart from strangers on the same address', async () => {
    await using app = await startCounting({ channels: ['unix', 'tcp'] });
    await app.orchestrator.ready;
    const path = resolve(app.stateDirectory, 'wire.sock');
    const stranger = connect(path);
    const closed = new Promise((done) => stranger.once('close', done));
    stranger.on('error', () => undefined).resume();
    stranger.write(Buffer.from([0, 0, 0, 16, 1]));
    stranger.write('{"op":"announce"}'.slice(0, 16));
    await closed;
    expect(app.logged(/a connection was refused/)).toMatchObject([{ level: 'warn', channel: 'unix' }]);
    await rm(path);
    expect(await count(app)).toBe(1);
    expect(await channelsOfCalls(app)).toEqual(['unix']);
  });
});

describe('many who connect and say nothing', () => {
  it('keep no module from its channel, on the same address or another', async () => {
    const port = await freePort();
    await using app = await startWith({
      modules: {
        first: { ...fixture('../mains/counts'), caches: ['default'], channels: { tcp: 'required' } },
        late: { ...fixture('../mains/counts'), caches: ['default'], channels: { unix: 'required' }, restart: 'always' },
        later: { ...fixture('../mains/counts'), caches: ['default'], channels: { tcp: 'required' }, restart: 'always' },
      },
      caches: { default: { url: 'memory:' } },
      channels: { tcp: { listen: `127.0.0.1:${port}` } },
    });
    await app.orchestrator.ready;
    const strangers = Array.from({ length: 80 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    try {
      await Promise.all(strangers.map((each) => new Promise((done) => each.once('connect', done))));
      for (const id of ['late', 'later']) {
        const { pid } = app.orchestrator.modules.get(id)!;
        process.kill(pid!, 'SIGKILL');
        await until(() => {
          const now = app.orchestrator.modules.get(id)!;
          return now.state === 'running' && now.pid !== pid;
        }, `${id} runs again`);
      }
      expect(app.orchestrator.modules.get('first')).toMatchObject({ state: 'running', restarts: 0 });
    } finally {
      for (const each of strangers) each.destroy();
    }
  });
});

describe('the socket of an orchestrator for its modules', () => {
  it('is there again after its file was deleted, and no connection is lost', async () => {
    await using app = await startCounting({ channels: { unix: 'required' } });
    await app.orchestrator.ready;
    const path = resolve(app.stateDirectory, 'wire.sock');
    expect(await count(app)).toBe(1);
    await rm(path);
    await until(() => app.logged(/has been made again/).length > 0, 'it is made again');
    expect(app.logged(/has been made again/)).toMatchObject([{ level: 'warn', path }]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const stranger = connect(path);
    await new Promise((done) => stranger.once('connect', done));
    stranger.destroy();
    expect(await count(app)).toBe(2);
    expect(app.logged(/connection to the orchestrator was lost/)).toEqual([]);
  });
});

describe('a configuration of channels', () => {
  it.each<[string, Partial<ModuleConfigInput>, Partial<OrchestratorConfigInput>, string]>([
    ['a channel that is none', { channels: ['pipe' as 'unix'] }, {}, '"pipe" is no channel: write unix or tcp'],
    ['a need that is none', { channels: { unix: 'must' as 'required' } }, {}, 'unix must be optional or required'],
    ['certificates without a key', {}, { channels: { tcp: { tls: { cert: 'a' } as never } } }, 'channels.tcp.tls.key'],
    [
      'a file that is not there',
      { channels: ['tcp'] },
      { channels: { tcp: { tls: { cert: 'a', key: 'b' } } } },
      'ENOENT',
    ],
  ])('with %s is refused', async (_name, module, more, reason) => {
    await expect(startCounting(module, more)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});
