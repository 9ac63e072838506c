import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module, OnSecretRotated, Secret, type SecretValue } from '@pywatt/sdk';
import { type ModuleConfigInput, readHistory, type StartOrchestratorOptions } from '../../src/orchestrator/index.js';
import { StandaloneSecretProvider } from '../../src/module/standalone-secret-provider.js';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';

@Module({ id: 'refuses' })
class RefusesModule {
  @Secret('TOKEN') readonly token!: SecretValue;

  @OnSecretRotated('TOKEN')
  onToken(): void {
    throw new Error('not this one');
  }
}

const [first, second] = ['the-first-token-of-that-length', 'the-second-token-of-that-length'];
const tls = resolve(import.meta.dirname, '../fixtures/tls');
let directory: string;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'pywatt-tokens-')), 'secrets');
  await mkdir(directory);
  await writeFile(join(directory, 'HELD'), 'the-held-value');
  await writeFile(join(directory, 'TOKEN'), first);
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

async function orchestrator(
  more: object = {},
  modules: Record<string, ModuleConfigInput> = { orders: { ...fixture('answers') } },
  options: StartOrchestratorOptions = {},
) {
  const standalone = { listen: '127.0.0.1:0', token: { secret: 'TOKEN' }, secrets: ['HELD'], ...more };
  const app = await startWith({ modules, secrets: [{ file: directory }], standalone }, options);
  const [line] = app.logged(/secrets are given to processes of their own/);
  return { ...app, address: String(line?.['address']), [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

function processAt(url: string, token: string, caFile?: string) {
  return new StandaloneSecretProvider({ url, token: () => Promise.resolve(token), caFile, logger: undefined });
}

/** What a process that has just started and shows this token is given. */
async function given(address: string, token: string): Promise<string | undefined> {
  const started = processAt(`tcp://${address}`, token);
  try {
    return await started.get('HELD');
  } finally {
    await started.close();
  }
}

describe('the token of standalone, while it is replaced', () => {
  it('is accepted from processes that start, as the one of before is, until the overlap is over', async () => {
    await using app = await orchestrator();
    // Nothing is connected: the old token is accepted all the same.
    const report = await app.orchestrator.rotateSecret('TOKEN', second, { overlap: '2s' });
    expect(report.credentials).toMatchObject([{ name: 'standalone', outcome: 'retired' }]);
    expect([await given(app.address, first), await given(app.address, second)]).toEqual([
      'the-held-value',
      'the-held-value',
    ]);
    const lasting = processAt(`tcp://${app.address}`, first);
    expect(await lasting.get('HELD')).toBe('the-held-value');
    const isOver = () =>
      lasting.get('HELD').then(
        () => false,
        () => true,
      );
    await until(isOver, 'its session has ended with the overlap');
    await expect(given(app.address, first)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    expect(await given(app.address, second)).toBe('the-held-value');
    await lasting.close();
  }, 60_000);

  it('is the one of before again when the rotation is rejected', async () => {
    const plan = { env: {}, overrides: new Map(), secrets: new Map(), services: [] } as never;
    const launcher = new InProcessLauncher(RefusesModule, plan, silentLogger);
    const modules = { refuses: { command: 'in-process', secrets: ['TOKEN'] } };
    await using app = await orchestrator({}, modules, { launchers: { refuses: launcher } });
    await launcher.booted;
    const session = processAt(`tcp://${app.address}`, first);
    expect(await session.get('HELD')).toBe('the-held-value');
    await expect(app.orchestrator.rotateSecret('TOKEN', second)).resolves.toMatchObject({ outcome: 'rejected' });
    expect([await given(app.address, first), await session.get('HELD')]).toEqual(['the-held-value', 'the-held-value']);
    await expect(given(app.address, second)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    await session.close();
  }, 60_000);
});

describe('a process that is refused', () => {
  it('is told what to do about its token, the certificate or its URL', async () => {
    const files = { cert: join(tls, 'orchestrator.pem'), key: join(tls, 'orchestrator.key') };
    await using app = await orchestrator({ tls: files });
    const ca = join(tls, 'authority.pem');
    for (const [url, token, caFile, cure] of [
      [`tls://${app.address}`, second, ca, 'its token is another one: put that into PYWATT_SECRETS_TOKEN_FILE'],
      [
        `tls://${app.address}`,
        first,
        undefined,
        'name the certificate of who signed its own in PYWATT_SECRETS_CA_FILE',
      ],
      [`tcp://${app.address}`, first, undefined, 'write tls:// in PYWATT_SECRETS_URL'],
    ] as const) {
      const message = await processAt(url, token, caFile)
        .get('HELD')
        .catch((error: unknown) => String(error));
      expect(message).toContain(cure);
      expect(message).not.toContain(token);
    }
    const said = (message: RegExp) => app.logged(message).map(({ from, reason }) => [from, reason]);
    await until(() => said(/TLS connection to standalone was refused/).length > 1, 'both are logged');
    expect(said(/asked for secrets was refused/)).toEqual([
      ['127.0.0.1', 'it left in the handshake: its token may be another one'],
    ]);
    expect(said(/TLS connection to standalone was refused/)).toContainEqual([
      '127.0.0.1',
      'it does not speak TLS: its address needs the scheme tls://',
    ]);
  }, 60_000);
});

describe('the audit log', () => {
  it('has what a run of a process is given once, over all its sessions, and says where it came from', async () => {
    await using app = await orchestrator();
    const run = processAt(`tcp://${app.address}`, first);
    for (let sessions = 0; sessions < 3; sessions += 1) {
      expect(await run.get('HELD')).toBe('the-held-value');
      await expect(run.get('OTHER')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
      await run.close();
    }
    await given(app.address, first);
    await app.orchestrator.close();
    const history = await readHistory(app.stateDirectory, 'HELD');
    const process = { kind: 'process', from: '127.0.0.1', id: expect.stringMatching(/^[0-9a-f-]{36}$/) };
    expect(history).toMatchObject([
      { what: 'access', outcome: 'granted', who: process },
      { what: 'access', outcome: 'granted', who: process },
    ]);
    expect(new Set(history.map(({ who }) => (who as { id?: string }).id)).size).toBe(2);
    expect(await readHistory(app.stateDirectory, 'OTHER')).toMatchObject([{ outcome: 'refused', access: 'read' }]);
    expect(await readFile(join(app.stateDirectory, 'audit', 'audit-000001.jsonl'), 'utf8')).not.toMatch(
      /-token-|held-value/,
    );
  }, 60_000);
});
