import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import {
  ChainedSecretProvider,
  EnvSecretProvider,
  FileSecretProvider,
  RotationCoordinator,
  SecretStore,
} from '../../src/secrets/index.js';

let directory: string;
let provider: FileSecretProvider;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-secrets-'));
  provider = new FileSecretProvider(directory);
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const put = (name: string, content: string | Uint8Array) => writeFile(join(directory, name), content);

describe('FileSecretProvider', () => {
  it.each([
    ['value\n', 'value'],
    ['value\r\n', 'value'],
    ['value\n\n', 'value\n'],
    [' va lue ', ' va lue '],
    ['line one\nline two\n', 'line one\nline two'],
    ['emoji 😀', 'emoji 😀'],
  ])('reads the file %j as %j: one line end is not part of the value', async (content, expected) => {
    await put('KEY', content);
    await expect(provider.get('KEY')).resolves.toBe(expected);
  });

  it('has nothing where there is no file, an empty file, or no directory', async () => {
    await put('EMPTY', '\n');
    await expect(provider.get('KEY')).resolves.toBeUndefined();
    await expect(provider.get('EMPTY')).resolves.toBeUndefined();
    const nowhere = new FileSecretProvider(join(directory, 'nowhere'));
    await expect(nowhere.get('KEY')).resolves.toBeUndefined();
    await expect(nowhere.list()).resolves.toEqual([]);
    await expect(nowhere.canWrite('KEY')).resolves.toMatch(/^there is no directory .*nowhere; make it/);
  });

  it.each(['a/b', '../KEY', '..', '.', '', '.hidden', 'a\\b', 'a\0b'])('refuses the name %j', async (name) => {
    await expect(provider.get(name)).rejects.toMatchObject({ code: 'INVALID' });
    await expect(provider.set(name, 'value')).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('refuses what is no text, too large or no file', async () => {
    await put('BINARY', new Uint8Array([0xff, 0xfe]));
    await put('HUGE', 'x'.repeat(1024 * 1024 + 1));
    await mkdir(join(directory, 'FOLDER'));
    await expect(provider.get('BINARY')).rejects.toThrow(/secret 'BINARY' in .* is not UTF-8 text/);
    await expect(provider.get('HUGE')).rejects.toThrow('larger than 1 MiB');
    await expect(provider.get('FOLDER')).rejects.toThrow('not a file');
  });

  it('writes atomically a file only its owner may read, and leaves no draft behind', async () => {
    await put('KEY', 'old');
    await chmod(join(directory, 'KEY'), 0o644);
    await expect(provider.canWrite('KEY')).resolves.toBe(true);
    await provider.set('KEY', 'new');
    await expect(readFile(join(directory, 'KEY'), 'utf8')).resolves.toBe('new');
    expect((await stat(join(directory, 'KEY'))).mode & 0o777).toBe(0o600);
    await expect(readdir(directory)).resolves.toEqual(['KEY']);
  });

  it.each(['plain', 'ends in a line end\n', 'two\n\n', 'a\r\n', 'a\r', 'multi\nline'])(
    'gives back %j as it was written',
    async (value) => {
      await provider.set('KEY', value);
      await expect(provider.get('KEY')).resolves.toBe(value);
    },
  );

  it('never shows half a value to a reader while it is being replaced', async () => {
    const values = ['a'.repeat(300_000), 'b'.repeat(300_000)];
    await provider.set('KEY', values[0]!);
    const writing = (async () => {
      for (let round = 0; round < 20; round++) await provider.set('KEY', values[round % 2]!);
    })();
    const seen = new Set<string | undefined>();
    let done = false;
    void writing.finally(() => (done = true));
    while (!done) seen.add(await provider.get('KEY'));
    await writing;
    expect([...seen].every((value) => value !== undefined && values.includes(value))).toBe(true);
  });

  it('reads a Kubernetes mount through its links, lists it, and will not write over the links', async () => {
    await mkdir(join(directory, '..2026_01'));
    await writeFile(join(directory, '..2026_01', 'KEY'), 'mounted');
    await symlink('..2026_01', join(directory, '..data'));
    await symlink(join('..data', 'KEY'), join(directory, 'KEY'));
    await expect(provider.get('KEY')).resolves.toBe('mounted');
    await expect(provider.list()).resolves.toEqual(['KEY']);
    await expect(provider.canWrite('KEY')).resolves.toMatch(/symbolic link/);
  });

  it('says which file cannot be written', async () => {
    const error: unknown = await new FileSecretProvider(join(directory, 'nowhere'))
      .set('KEY', 'value')
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'PROVIDER_FAILED',
      details: { name: 'KEY', errno: 'ENOENT' },
      message: expect.stringContaining('nowhere'),
    });
  });
});

describe('a rotation over files', () => {
  function coordinator() {
    const redactor = new SecretRedactor();
    const logger = createLogger({ redactor, write: () => undefined });
    const env = new EnvSecretProvider({ env: { PYWATT_SECRET_FROM_ENV: 'env' } });
    const store = new SecretStore({ provider: new ChainedSecretProvider([provider, env]), redactor });
    return { store, coordinator: new RotationCoordinator({ store, redactor, logger, participants: () => [] }) };
  }

  it('stores the committed value in the file that supplied it, where a new store finds it', async () => {
    await put('KEY', 'old\n');
    await expect(coordinator().coordinator.rotate('KEY', 'next')).resolves.toMatchObject({ outcome: 'committed' });
    await expect(coordinator().store.get('KEY')).resolves.toMatchObject({ value: 'next' });
  });

  it('refuses beforehand where the directory could be written but the secret comes from the environment', async () => {
    await expect(coordinator().coordinator.rotate('FROM_ENV', 'next')).rejects.toMatchObject({ code: 'READ_ONLY' });
    await expect(readdir(directory)).resolves.toEqual([]);
  });

  it('names the nearest secret when there is none of that name', async () => {
    await put('STRIPE_KEY', 'x');
    await expect(coordinator().coordinator.rotate('STRIPE_KEYS', 'next')).rejects.toThrow(
      "(did you mean 'STRIPE_KEY'?)",
    );
  });
});
