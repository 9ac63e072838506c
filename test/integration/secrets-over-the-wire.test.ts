import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bootModule, Injectable, InjectSecrets, Module, Secret, type Secrets, type SecretValue } from '@pywatt/sdk';
import { FailedTries } from '../../src/orchestrator/standalone/failed-tries.js';
import type { AuditEntry, ModuleConfigInput, OrchestratorConfigInput } from '../../src/orchestrator/index.js';
import { StandaloneSecretProvider } from '../../src/module/standalone-secret-provider.js';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';

@Injectable()
class Keeper {
  constructor(
    @InjectSecrets() readonly secrets: Secrets,
    @Secret('HELD', { optional: true }) readonly held: SecretValue | undefined,
  ) {}
}

@Module({ id: 'keeper', providers: [Keeper] })
class KeeperModule {}

const token = 'a-token-of-thirty-two-characters';
const tls = resolve(import.meta.dirname, '../fixtures/tls');
let directory: string;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'pywatt-wire-secrets-')), 'secrets');
  await mkdir(directory);
  for (const [name, value] of [
    ['HELD', 'the-held-value'],
    ['OTHER', 'the-other-value'],
    ['TOKEN', token],
  ] as const)
    await writeFile(join(directory, name), value);
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

const stored = (name: string) => readFile(join(directory, name), 'utf8');

/** The module under an orchestrator in this process; only messages pass between them. */
async function underOrchestrator(secrets: NonNullable<ModuleConfigInput['secrets']>) {
  const plan = { env: {}, overrides: new Map(), secrets: new Map(), services: [] } as never;
  const launcher = new InProcessLauncher(KeeperModule, plan, silentLogger);
  const config = { modules: { keeper: { command: 'in-process', secrets } }, secrets: [{ file: directory }] };
  const app = await startWith(config, { launchers: { keeper: launcher } });
  const keeper = (await launcher.booted).get(Keeper);
  return { ...app, keeper, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

describe('a module under an orchestrator', () => {
  it('reads, lists, sets and deletes the secrets it was granted', async () => {
    await using app = await underOrchestrator(['HELD', 'OTHER', { name: 'NEW', access: 'write' }]);
    const { secrets } = app.keeper;
    expect((await secrets.get('OTHER'))?.reveal()).toBe('the-other-value');
    expect((await secrets.get('OTHER', { mode: 'remote' }))?.reveal()).toBe('the-other-value');
    expect(await secrets.get('OTHER', { mode: 'cache' })).toBeUndefined();
    await secrets.set('NEW', 'made by the module');
    expect(await stored('NEW')).toBe('made by the module');
    expect(await secrets.list()).toEqual(['HELD', 'NEW', 'OTHER']);
    expect((await secrets.get('NEW'))?.reveal()).toBe('made by the module');
    expect([await secrets.delete('NEW'), await secrets.delete('NEW')]).toEqual([true, false]);
    expect(await secrets.get('NEW', { mode: 'remote' })).toBeUndefined();
    expect(JSON.stringify(app.lines)).not.toContain('made by the module');
    await expect(secrets.set('NEW', 'abc')).rejects.toThrow("secret 'NEW' is too short to be kept out of logs");
    expect(await secrets.list()).toEqual(['HELD', 'OTHER']);
  });

  it('sets a secret that it holds by a rotation, which reaches its own handle', async () => {
    await using app = await underOrchestrator([{ name: 'HELD', access: 'write' }]);
    await app.keeper.secrets.set('HELD', 'the-next-value');
    expect([app.keeper.held?.reveal(), await stored('HELD')]).toEqual(['the-next-value', 'the-next-value']);
  });

  it('is refused what it was not granted, which is logged with its name', async () => {
    await using app = await underOrchestrator(['HELD']);
    const { secrets } = app.keeper;
    for (const refused of [
      secrets.set('HELD', 'x-value-x'),
      secrets.delete('HELD'),
      secrets.get('OTHER'),
      secrets.get('OTHER', { mode: 'remote' }),
      secrets.set('OTHER', 'x-value-x'),
    ])
      await expect(refused).rejects.toMatchObject({
        family: 'secret',
        code: 'ACCESS_DENIED',
        message: expect.stringContaining('under modules.keeper.secrets'),
      });
    expect(app.logged(/access refused/)).toHaveLength(5);
    expect(app.logged(/access refused/)).toContainEqual(
      expect.objectContaining({ module: 'keeper', name: 'HELD', access: 'write' }),
    );
    expect([await stored('HELD'), await stored('OTHER')]).toEqual(['the-held-value', 'the-other-value']);
    await expect(secrets.get('../x')).rejects.toMatchObject({ code: 'INVALID' });
    await expect(secrets.set('HELD', '')).rejects.toMatchObject({ code: 'INVALID' });
  });
});

describe('the audit log', () => {
  it('has what a launch reads in several ways once, and a bounded number of what it is refused', async () => {
    await using app = await underOrchestrator(['HELD', 'OTHER']);
    const { secrets } = app.keeper;
    await secrets.get('OTHER', { mode: 'remote' });
    await secrets.get('OTHER');
    for (let count = 0; count < 110; count += 1)
      await expect(secrets.set(`REFUSED_${count}`, 'x-value-x')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await app.orchestrator.close();
    const accesses = await auditedAccesses(app.stateDirectory);
    expect(accesses.slice(0, 3)).toEqual([
      ['keeper', 'HELD', 'granted'],
      ['keeper', 'OTHER', 'granted'],
      ['keeper', 'REFUSED_0', 'refused', 'write'],
    ]);
    expect(accesses).toHaveLength(102);
  });
});

describe('a module by itself', () => {
  it('writes and lists secrets where its environment keeps them', async () => {
    const env = { PYWATT_SECRETS_DIR: directory };
    await using app = await bootModule(KeeperModule, { environment: 'direct', env });
    const { secrets, held } = app.get(Keeper);
    expect(held?.reveal()).toBe('the-held-value');
    await secrets.set('NEW', 'made');
    expect([await stored('NEW'), await secrets.list()]).toEqual(['made', ['HELD', 'NEW', 'OTHER', 'TOKEN']]);
    expect(await secrets.delete('NEW')).toBe(true);
    await expect(secrets.set('NEW', 'abc')).rejects.toThrow("secret 'NEW' is too short to be kept out of logs");
    await secrets.set('NEW', '42');
    expect(await (await app.request('/health')).json()).toMatchObject({ status: 'OK', secrets: { status: 'ok' } });
  });
});

/** An orchestrator that gives secrets to processes of their own. */
async function standalone(more: object = {}) {
  const config: OrchestratorConfigInput = {
    modules: { orders: { ...fixture('answers') } },
    secrets: [{ file: directory }],
    standalone: {
      listen: '127.0.0.1:0',
      token: { secret: 'TOKEN' },
      secrets: ['HELD', { name: 'NEW', access: 'write' }],
      ...more,
    },
  };
  const app = await startWith(config);
  const [line] = app.logged(/secrets are given to processes of their own/);
  return { ...app, address: String(line?.['address']), [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

/** What a process of its own with that token reads its secrets from. */
function processAt(address: string, text: string) {
  const url = `tcp://${address}`;
  return new StandaloneSecretProvider({ url, token: () => Promise.resolve(text), logger: undefined });
}

/** Who was given or refused what, as the audit log says: the id of a module, or that it is a process. */
async function auditedAccesses(stateDirectory: string): Promise<unknown[]> {
  const text = await readFile(join(stateDirectory, 'audit', 'audit-000001.jsonl'), 'utf8');
  const entries = text.split('\n').filter((line) => line.includes('"access"'));
  return entries.map((line) => {
    const { who, names, outcome, access } = JSON.parse(line) as AuditEntry;
    return [who.kind === 'module' ? who.id : who.kind, ...names, outcome, ...(access ? [access] : [])];
  });
}

describe('a process that no orchestrator started', () => {
  it('boots with secrets over TLS, writes those it was granted, and is refused all others', async () => {
    await using app = await standalone({
      tls: { cert: join(tls, 'orchestrator.pem'), key: join(tls, 'orchestrator.key') },
    });
    await writeFile(join(directory, '../token'), `${token}\n`);
    const env = {
      PYWATT_SECRETS_URL: `tls://${app.address}`,
      PYWATT_SECRETS_TOKEN_FILE: join(directory, '../token'),
      PYWATT_SECRETS_CA_FILE: join(tls, 'authority.pem'),
    };
    await using booted = await bootModule(KeeperModule, { environment: 'direct', env });
    const { secrets, held } = booted.get(Keeper);
    expect(held?.reveal()).toBe('the-held-value');
    expect(await secrets.list()).toEqual(['HELD']);
    await secrets.set('NEW', 'from afar');
    expect(await stored('NEW')).toBe('from afar');
    await expect(secrets.get('OTHER')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await expect(secrets.set('HELD', 'x-value-x')).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('list { name: HELD, access: write } under standalone.secrets'),
    });
    await app.orchestrator.close();
    expect(await auditedAccesses(app.stateDirectory)).toEqual([
      ['process', 'HELD', 'granted'],
      ['process', 'OTHER', 'refused', 'read'],
      ['process', 'HELD', 'refused', 'write'],
    ]);
    const lines = JSON.stringify(app.lines);
    expect([lines.includes(token), lines.includes('from afar'), lines.includes('the-held-value')]).toEqual([
      false,
      false,
      false,
    ]);
  }, 30_000);

  it('is told nothing without the token, and after ten wrong ones no connection is taken', async () => {
    await using app = await standalone();
    const from = (text: string) => processAt(app.address, text);
    const right = from(token);
    expect(await right.get('HELD')).toBe('the-held-value');
    for (let tries = 0; tries < 10; tries += 1)
      await expect(from('another-token-of-that-length-xxx').get('HELD')).rejects.toMatchObject({
        code: 'PROVIDER_FAILED',
      });
    await expect(from(token).get('HELD')).rejects.toMatchObject({
      code: 'PROVIDER_FAILED',
      message: expect.stringContaining('after ten wrong tokens in a minute it takes none for the rest of it'),
    });
    expect(await right.get('HELD')).toBe('the-held-value');
    expect(app.logged(/was refused/).length).toBeGreaterThanOrEqual(10);
    await right.close();
  }, 30_000);

  it('is given nothing with a token of before once its overlap is over, on the connection it has either', async () => {
    await using app = await standalone();
    const from = (text: string) => processAt(app.address, text);
    const [old, next] = [from(token), from('the-next-token-of-that-length')];
    expect(await old.get('HELD')).toBe('the-held-value');
    const short = await app.orchestrator.rotateSecret('TOKEN', 'tiny-value');
    expect(short).toMatchObject({ outcome: 'rejected', message: expect.stringContaining('too short for a token') });
    await app.orchestrator.rotateSecret('TOKEN', 'the-next-token-of-that-length', { overlap: '10m' });
    expect([await old.get('HELD'), await next.get('HELD')]).toEqual(['the-held-value', 'the-held-value']);
    const rotated = app.orchestrator.rotateSecret('TOKEN', 'the-third-token-of-that-length', { overlap: '50ms' });
    expect(await rotated).toMatchObject({ credentials: [{ name: 'standalone', secret: 'TOKEN' }] });
    for (const provider of [old, next]) {
      const isRefused = () =>
        provider.get('HELD').then(
          () => false,
          () => true,
        );
      await until(isRefused, 'its session has ended');
      await expect(provider.get('HELD')).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
      await provider.close();
    }
    const third = from('the-third-token-of-that-length');
    expect(await third.get('HELD')).toBe('the-held-value');
    await third.close();
  }, 30_000);

  it.each([
    [{ token: { secret: 'GONE' } }, "there is no secret 'GONE' for its token"],
    [{ token: { secret: 'SHORT' } }, 'too short for a token: at least 16'],
    [{ listen: '0.0.0.0:0' }, 'secrets would leave this machine unencrypted at 0.0.0.0'],
    [{ token: 'plain-text-token' }, 'must name a secret'],
    [{ secrets: null }, 'standalone.secrets: must be a list of names'],
  ])('is not listened for with %j', async (more, message) => {
    await writeFile(join(directory, 'SHORT'), 'short');
    await expect(standalone(more)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('never sends secrets or a token over a network unencrypted', () => {
    const open = (url: string) => () =>
      new StandaloneSecretProvider({ url, token: () => Promise.resolve(token), logger: undefined });
    expect(open('tcp://10.0.0.1:9')).toThrow('unencrypted: use tls://');
    expect(open(`tls://user:${token}@host:9`)).toThrow('PYWATT_SECRETS_TOKEN_FILE');
    expect(open('tls://host')).toThrow("write 'tls://host:port'");
    expect(open('tcp://localhost:9')).not.toThrow();
  });
});

describe('FailedTries', () => {
  it('blocks one address after ten in a minute, for the rest of it', () => {
    let now = 0;
    const tries = new FailedTries(() => now);
    for (let count = 0; count < 10; count += 1) {
      expect(tries.isBlocked('a')).toBe(false);
      tries.failed('a');
    }
    expect([tries.isBlocked('a'), tries.isBlocked('b')]).toEqual([true, false]);
    now = 60_000;
    expect(tries.isBlocked('a')).toBe(false);
  });
});
