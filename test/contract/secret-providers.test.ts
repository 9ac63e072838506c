import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from '@jest/globals';
import {
  ChainedSecretProvider,
  EncryptedSecretProvider,
  EnvSecretProvider,
  FileSecretProvider,
  MemorySecretProvider,
  TextSecretProvider,
} from '../../src/secrets/index.js';
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
];

describe.each(kinds)('SecretProvider on $kind', ({ open }) => {
  const runContractCase = async (index: number) => {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-secrets-'));
    try {
      await secretProviderContract[index]!.run(await open(directory));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
  it.each(secretProviderContract.map(({ title }, index) => ({ title, index })))('$title', ({ index }) =>
    runContractCase(index),
  );
});
