import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Decrypter } from 'age-encryption';
import { EncryptedSecretProvider, type EncryptedSecretProviderOptions } from '../../src/secrets/index.js';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-store-'));
  path = join(directory, 'secrets.age');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const byFile = (options: Partial<EncryptedSecretProviderOptions> = {}) =>
  new EncryptedSecretProvider({ path, key: { file: join(directory, 'age.key') }, ...options });
const byPassphrase = (passphrase: string) =>
  new EncryptedSecretProvider({ path, key: { passphrase: () => Promise.resolve(passphrase) }, workFactor: 10 });

describe('the encrypted store', () => {
  it('makes its file and its key together, readable by their owner alone, without a draft or a lock left', async () => {
    await byFile().set('KEY', 'the value');
    expect((await readdir(directory)).sort()).toEqual(['age.key', 'secrets.age']);
    for (const name of ['age.key', 'secrets.age']) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    expect((await readFile(path)).includes('the value')).toBe(false);
    expect(await byFile().get('KEY')).toBe('the value');
  });

  it('makes no other one in place of one that is gone, whose secrets it does not have', async () => {
    const store = byFile();
    await store.set('KEY', 'the value');
    await store.set('OTHER', 'another value');
    await rename(path, `${path}.away`);
    const gone = { code: 'STORE_UNREADABLE', message: expect.stringMatching(/is gone; put it back/) };
    await expect(store.canWrite('KEY')).rejects.toMatchObject(gone);
    await expect(store.set('KEY', 'the next value')).rejects.toMatchObject(gone);
    await expect(store.get('KEY')).rejects.toMatchObject(gone);
    await rename(`${path}.away`, path);
    await store.set('KEY', 'the next value');
    expect([await byFile().get('KEY'), await byFile().get('OTHER')]).toEqual(['the next value', 'another value']);
  });

  it('is a file that any age program opens with the passphrase', async () => {
    await byPassphrase('correct horse').set('KEY', 'the value');
    const decrypter = new Decrypter();
    decrypter.addPassphrase('correct horse');
    expect(JSON.parse(await decrypter.decrypt(await readFile(path), 'text'))).toMatchObject({
      secrets: { KEY: [{ value: 'the value' }] },
    });
  });

  it.each([
    [
      'passphrase',
      () => byPassphrase('wrong'),
      /cannot be opened with this passphrase: give the passphrase it was made with; it is as it was/,
    ],
    ['kind of key', () => byFile(), /age\.key/],
  ])('refuses another %s by name, reading and writing, and stays as it was', async (_what, other, why) => {
    await byPassphrase('right').set('KEY', 'kept');
    await writeFile(join(directory, 'age.key'), await import('age-encryption').then((age) => age.generateIdentity()));
    const before = await readFile(path);
    await expect(other().get('KEY')).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      message: expect.stringMatching(why),
    });
    await expect(other().set('KEY', 'other')).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
    await expect(other().delete('KEY')).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
    expect((await readFile(path)).equals(before)).toBe(true);
    expect(await byPassphrase('right').get('KEY')).toBe('kept');
  });

  it('refuses a store that was cut off anywhere, and never writes over it', async () => {
    await byFile().set('KEY', 'kept');
    const whole = await readFile(path);
    for (const length of [0, 1, 30, Math.floor(whole.length / 2), whole.length - 1]) {
      await writeFile(path, whole);
      await truncate(path, length);
      await expect(byFile().get('KEY')).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
      await expect(byFile().set('NEW', 'value')).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
      expect((await stat(path)).size).toBe(length);
    }
  });

  it('refuses a store in which any single byte was changed', async () => {
    await byFile().set('KEY', 'kept');
    const whole = await readFile(path);
    for (let index = 0; index < whole.length; index += 7) {
      const tampered = Buffer.from(whole);
      tampered[index]! ^= 0x20;
      await writeFile(path, tampered);
      await expect(byFile().get('KEY')).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
    }
  });

  it('says which key file is missing, and makes none for a store that is there', async () => {
    await byFile().set('KEY', 'kept');
    await rm(join(directory, 'age.key'));
    await expect(byFile().get('KEY')).rejects.toThrow(/age\.key cannot be read \(ENOENT\)/);
    await expect(byFile().set('KEY', 'x')).rejects.toThrow(/age\.key cannot be read/);
    expect(await readdir(directory)).toEqual(['secrets.age']);
    await writeFile(join(directory, 'age.key'), '# nothing\n');
    await expect(byFile().get('KEY')).rejects.toThrow('has no line AGE-SECRET-KEY-');
  });

  it('keeps the last values of a secret, newest first, and no more than it was told to', async () => {
    const store = byFile({ keep: 3 });
    for (const value of ['a', 'b', 'c', 'd']) await store.set('KEY', value);
    const versions = await byFile().versions('KEY');
    expect(versions).toHaveLength(3);
    expect(new Set(versions.map(({ version }) => version)).size).toBe(3);
    expect(JSON.stringify(versions)).not.toContain('value');
    expect(await byFile().get('KEY')).toBe('d');
  });

  it('loses nothing when several writers write at once, in this process and in others', async () => {
    await byFile().set('KEY', 'first');
    const script = join(directory, 'writer.mts');
    const source = join(process.cwd(), 'src/secrets/index.ts');
    await writeFile(
      script,
      `import { EncryptedSecretProvider } from ${JSON.stringify(source)};
const [path, file, who] = process.argv.slice(2) as [string, string, string];
const store = new EncryptedSecretProvider({ path, key: { file }, lockMs: 30_000 });
for (let n = 0; n < 5; n += 1) await store.set(\`\${who}-\${n}\`, who);
`,
    );
    const writers = ['x', 'y'].map((who) =>
      fork(script, [path, join(directory, 'age.key'), who], { execArgv: ['--import', 'tsx'], stdio: 'inherit' }),
    );
    const here = Promise.all([0, 1, 2, 3, 4].map((n) => byFile({ lockMs: 30_000 }).set(`here-${n}`, 'here')));
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0] as number));
    await here;
    expect(codes).toEqual([0, 0]);
    expect(await byFile().list()).toHaveLength(16);
    expect((await readdir(directory)).filter((name) => name.includes('lock') || name.includes('tmp'))).toEqual([]);
  }, 60_000);

  it('takes over the lock of a process that died, and names a live one that does not let go', async () => {
    await byFile().set('KEY', 'old');
    const dead = fork(join(process.cwd(), 'package.json'), { execPath: '/bin/true' });
    await once(dead, 'exit');
    await writeFile(`${path}.lock`, JSON.stringify({ pid: dead.pid, host: hostname(), id: 'gone' }));
    await byFile().set('KEY', 'new');
    await writeFile(`${path}.lock`, JSON.stringify({ pid: process.pid, host: hostname(), id: 'alive' }));
    await expect(byFile({ lockMs: 50 }).set('KEY', 'newer')).rejects.toMatchObject({
      code: 'PROVIDER_FAILED',
      retryable: true,
      message: expect.stringContaining(`process ${process.pid}`),
    });
    expect(await byFile().get('KEY')).toBe('new');
  });

  it('refuses a value that is larger than 1 MiB', async () => {
    await expect(byFile().set('KEY', 'x'.repeat(1024 * 1024 + 1))).rejects.toMatchObject({ code: 'INVALID' });
  });
});
