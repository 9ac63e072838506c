import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bootModule, Inject, Module, redactSecrets, Secret, type SecretValue } from '@pywatt/sdk';
import { EncryptedSecretProvider } from '../../src/secrets/index.js';
import { NodeProcess, repository } from './node-process.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-typed-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A terminal of its own for a program: `script` of util-linux, which every Linux has and other systems have otherwise. */
const hasTerminals = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');
const inTerminal = (argv: readonly string[], cwd = directory, env: Record<string, string> = {}) => {
  const command = [process.execPath, ...argv].map((word) => `'${word}'`).join(' ');
  const run = `process.exitCode = require('node:child_process').spawnSync('script', process.argv.slice(1), { stdio: 'inherit' }).status`;
  return new NodeProcess(['-e', run, '--', '-q', '-e', '-c', command, '/dev/null'], {
    cwd,
    input: null,
    env,
  });
};
const pywatt = (...argv: string[]) => inTerminal([join(repository, 'dist/cli.js'), ...argv]);
const configure = (secrets: readonly object[]) =>
  writeFile(
    join(directory, 'pywatt.config.yaml'),
    JSON.stringify({ modules: { orders: { command: 'node main.js' } }, secrets }),
  );
const storeOf = async (passphrase: string) => {
  const key = { passphrase: () => Promise.resolve(passphrase) };
  const store = new EncryptedSecretProvider({ path: join(directory, 's.age'), key, workFactor: 10 });
  await store.set('KEY', 'the value of the store');
  return store;
};

(hasTerminals ? describe : describe.skip)('a secret that is typed at a terminal', () => {
  it('is stored by pywatt secrets set, corrected while it is typed, and never shown', async () => {
    await configure([{ file: './secrets' }]);
    await mkdir(join(directory, 'secrets'));
    await using command = pywatt('secrets', 'set', 'KEY');
    await command.match(/value of KEY: /);
    command.type('typed-valux\u007fe\r');
    const { code } = await command.exited;
    expect([code, command.stderr]).toEqual([0, '']);
    expect(await readFile(join(directory, 'secrets/KEY'), 'utf8')).toBe('typed-value');
    expect(command.stdout.replaceAll('\r', '')).toBe(`new value of KEY: \nKEY: created in file ${directory}/secrets\n`);
  }, 60_000);

  it('opens an encrypted store of the configuration by its passphrase', async () => {
    const store = await storeOf('correct horse');
    await configure([{ store: { path: './s.age' } }]);
    await using command = pywatt('secrets', 'set', 'KEY');
    await command.match(/passphrase of .*s\.age: /);
    command.type('correct horse\r');
    await command.match(/value of KEY: /);
    command.type('another value\r');
    expect(await command.exited).toMatchObject({ code: 0 });
    expect(command.stdout + command.stderr).not.toMatch(/correct|horse|another/);
    expect(await store.get('KEY')).toBe('another value');
  }, 60_000);

  it('opens the encrypted store of a module by itself by its passphrase', async () => {
    await storeOf('correct horse');
    const main = ['--import', 'tsx', join(repository, 'test/fixtures/mains/needs-one-secret.ts')];
    await using module = inTerminal(main, repository, { PYWATT_SECRETS_STORE: join(directory, 's.age') });
    await module.match(/passphrase of .*s\.age: /);
    module.type('correct horse\r');
    expect(await module.exited).toMatchObject({ code: 0 });
    expect(module.stdout).toContain('the secret has 22 characters');
    expect(module.stdout + module.stderr).not.toMatch(/correct|horse|the value of the store/);
  }, 60_000);
});

describe('the passphrase of the store of a module by itself', () => {
  class Reader {
    @Secret('KEY') readonly key!: SecretValue;
  }
  @Module({ id: 'reader', providers: [Reader] })
  class ReaderModule {
    @Inject(Reader) readonly reader!: Reader;
  }
  const boot = async (variable: string, value: string) => {
    const env = { PYWATT_SECRETS_STORE: join(directory, 's.age'), [variable]: value, LOG_LEVEL: 'error' };
    await using app = await bootModule(ReaderModule, { env });
    expect(redactSecrets('the passphrase is correct horse')).toBe('the passphrase is [REDACTED]');
    return app.get(Reader).key.reveal();
  };

  it('is read from a file', async () => {
    await storeOf('correct horse');
    await writeFile(join(directory, 'pass'), 'correct horse\n');
    await expect(boot('PYWATT_SECRETS_STORE_PASSPHRASE_FILE', join(directory, 'pass'))).resolves.toBe(
      'the value of the store',
    );
  });

  it('is read from a file descriptor, to its end', async () => {
    await storeOf('correct horse');
    await writeFile(join(directory, 'pass'), 'correct horse\n');
    const fd = openSync(join(directory, 'pass'), 'r');
    await expect(boot('PYWATT_SECRETS_STORE_PASSPHRASE_FD', String(fd))).resolves.toBe('the value of the store');
  });

  it('is not shown when it is wrong, nor when it cannot be read', async () => {
    await storeOf('correct horse');
    await writeFile(join(directory, 'pass'), 'wrong horse\n');
    const wrong = boot('PYWATT_SECRETS_STORE_PASSPHRASE_FILE', join(directory, 'pass'));
    await expect(wrong).rejects.toThrow(/cannot be opened with this passphrase/);
    await expect(wrong).rejects.not.toThrow(/wrong horse/);
    const missing = boot('PYWATT_SECRETS_STORE_PASSPHRASE_FILE', join(directory, 'none'));
    await expect(missing).rejects.toThrow(/cannot be read from .*none/);
  });
});
