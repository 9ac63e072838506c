import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  CachedSecretProvider,
  ChainedSecretProvider,
  EncryptedSecretProvider,
  EnvSecretProvider,
  FileSecretProvider,
  MemorySecretProvider,
  TextSecretProvider,
} from '../../src/secrets/index.js';
import { StandaloneSecretProvider } from '../../src/module/standalone-secret-provider.js';
import { fixture, startWith } from '../integration/orchestrator-fixture.js';
import { secretProviderContract } from './secret-provider-contract.js';
import type { ProviderFixture } from './secret-providers/provider-case.js';

const times = { pollMs: 200, settleMs: 20 };

/** A Kubernetes mount: every update is a directory of its own, which the link `..data` then leads to. */
async function kubernetesMount(directory: string): Promise<ProviderFixture> {
  let count = 0;
  const update = async (values: ReadonlyMap<string, string>) => {
    count += 1;
    await mkdir(join(directory, `..${count}`));
    for (const [name, value] of values) await writeFile(join(directory, `..${count}`, name), value);
    await symlink(`..${count}`, join(directory, '..data_tmp'));
    await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    const links = new Set(await readdir(directory));
    for (const name of values.keys()) {
      if (!links.has(name)) await symlink(join('..data', name), join(directory, name));
    }
    if (count > 1) await rm(join(directory, `..${count - 1}`), { recursive: true });
  };
  const values = new Map([['FIRST', 'one']]);
  await update(values);
  return {
    provider: new FileSecretProvider(directory, times),
    put: (name, value) => update(values.set(name, value)),
    isWritable: false,
  };
}

async function fileDirectory(directory: string): Promise<ProviderFixture> {
  const put = (name: string, value: string) => writeFile(join(directory, name), value);
  await put('FIRST', 'one\n');
  return { provider: new FileSecretProvider(directory, times), put, isWritable: true };
}

async function dotenvFile(directory: string): Promise<ProviderFixture> {
  const path = join(directory, '.env');
  await writeFile(path, '# of the developer\nFIRST=one\n');
  const put = async (name: string, value: string) =>
    writeFile(path, `${await readFile(path, 'utf8')}\n${name}="${value}"\n`);
  return { provider: new TextSecretProvider(path, { format: 'dotenv', ...times }), put, isWritable: false };
}

async function tomlFile(directory: string): Promise<ProviderFixture> {
  const path = join(directory, 'secrets.toml');
  const values = new Map([['FIRST', 'one']]);
  const write = () => writeFile(path, [...values].map(([name, value]) => `${name} = "${value}"\n`).join(''));
  await write();
  const put = (name: string, value: string) => {
    values.set(name, value);
    return write();
  };
  return { provider: new TextSecretProvider(path, { format: 'toml', ...times }), put, isWritable: false };
}

async function memory(): Promise<ProviderFixture> {
  const provider = new MemorySecretProvider({ FIRST: 'one' });
  return { provider, put: (name, value) => provider.set(name, value), isWritable: true };
}

async function chain(directory: string): Promise<ProviderFixture> {
  const { provider, put } = await fileDirectory(directory);
  const env = new EnvSecretProvider({ env: {} });
  return { provider: new ChainedSecretProvider([env, provider]), put: put!, isWritable: true };
}

/** What others change, they change with a provider of their own. */
async function encryptedStore(directory: string): Promise<ProviderFixture> {
  const open = () =>
    new EncryptedSecretProvider({
      path: join(directory, 'secrets.age'),
      key: { file: join(directory, 'key') },
      ...times,
    });
  const others = open();
  await others.set('FIRST', 'one');
  return { provider: open(), put: (name, value) => others.set(name, value), isWritable: true };
}

/** What it remembers of a place that tells of changes itself. */
async function cachedDirectory(directory: string): Promise<ProviderFixture> {
  const { provider, ...fixture } = await fileDirectory(directory);
  return { ...fixture, provider: new CachedSecretProvider(provider) };
}

/** What it remembers of a place that does not: that is asked again and again for what was read. */
async function cachedEnvironment(): Promise<ProviderFixture> {
  const env: Record<string, string> = { PYWATT_SECRET_FIRST: 'one' };
  const provider = new CachedSecretProvider(new EnvSecretProvider({ env }), { pollMs: 20 });
  await provider.get('FIRST');
  const put = async (name: string, value: string) => void (env[`PYWATT_SECRET_${name}`] = value);
  return { provider, put, tellsOfNew: false, isWritable: false };
}

const certificates = resolve(import.meta.dirname, '../fixtures/tls');
const token = 'a-token-of-thirty-two-characters';

/** As a process that the orchestrator did not start; what it remembers is a provider of its own around this one. */
async function farOrchestrator(
  directory: string,
  { tls, caFile }: { tls?: { cert: string; key: string }; caFile?: string } = {},
): Promise<ProviderFixture> {
  const put = (name: string, value: string) => writeFile(join(directory, name), value);
  await put('FIRST', 'one');
  await put('TOKEN', token);
  const app = await startWith({
    modules: { orders: { ...fixture('answers') } },
    secrets: [{ file: directory }],
    standalone: {
      listen: '127.0.0.1:0',
      ...(tls && { tls }),
      token: { secret: 'TOKEN' },
      secrets: ['FIRST', 'MISSING', 'THIRD', { name: 'SECOND', access: 'write' }],
    },
  });
  const [{ address }] = app.logged(/secrets are given to processes of their own/) as unknown as [{ address: string }];
  const url = `${tls ? 'tls' : 'tcp'}://${address}`;
  const logger = undefined;
  const provider = new StandaloneSecretProvider({ url, token: () => Promise.resolve(token), caFile, logger });
  const close = async () => {
    await provider.close();
    await app[Symbol.asyncDispose]();
  };
  return { provider, put, isWritable: true, close };
}

const overTls = (directory: string, authority = 'authority.pem') =>
  farOrchestrator(directory, {
    tls: { cert: join(certificates, 'orchestrator.pem'), key: join(certificates, 'orchestrator.key') },
    caFile: join(certificates, authority),
  });

async function environment(): Promise<ProviderFixture> {
  return { provider: new EnvSecretProvider({ env: { PYWATT_SECRET_FIRST: 'one' } }), isWritable: false };
}

const kinds: readonly { kind: string; open: (directory: string) => Promise<ProviderFixture> }[] = [
  { kind: 'memory', open: memory },
  { kind: 'environment', open: environment },
  { kind: 'a directory of files', open: fileDirectory },
  { kind: 'a Kubernetes mount', open: kubernetesMount },
  { kind: 'a dotenv file', open: dotenvFile },
  { kind: 'a TOML file', open: tomlFile },
  { kind: 'an encrypted store', open: encryptedStore },
  { kind: 'a chain', open: chain },
  { kind: 'a cache before a directory', open: cachedDirectory },
  { kind: 'a cache before an environment', open: cachedEnvironment },
  { kind: 'a far orchestrator over TCP', open: (directory) => farOrchestrator(directory) },
  { kind: 'a far orchestrator over TLS', open: (directory) => overTls(directory) },
];

describe.each(kinds)('SecretProvider on $kind', ({ open }) => {
  const runContractCase = async (index: number) => {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-secrets-'));
    const opened = await open(directory);
    try {
      await secretProviderContract[index]!.run(opened);
    } finally {
      await opened.close?.();
      await rm(directory, { recursive: true, force: true });
    }
  };
  it.each(secretProviderContract.map(({ title }, index) => ({ title, index })))('$title', ({ index }) =>
    runContractCase(index),
  );
});

describe('SecretProvider on a far orchestrator whose certificate another authority signed', () => {
  it('is given nothing, and told why', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-secrets-'));
    const { provider, close } = await overTls(directory, 'other-authority.pem');
    try {
      const watch = await provider.watch!(() => undefined);
      expect(watch.trouble).toMatch(/certificate/);
      await watch.close();
      await expect(provider.get('FIRST')).rejects.toMatchObject({
        code: 'PROVIDER_FAILED',
        message: expect.stringMatching(/certificate/),
      });
    } finally {
      await close?.();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
