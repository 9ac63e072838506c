import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EncryptedSecretProvider, FileSecretProvider, type SecretProvider } from '../../src/secrets/index.js';

const draft = '.KEY.0f8fad5b-d9cb-469f-a165-70867728950e.tmp';
const fresh = '.KEY.7c9e6679-7425-40de-944b-e07fc1f90ae7.tmp';
const others = ['.KEY.tmp', '.npmrc', 'KEY.0f8fad5b-d9cb-469f-a165-70867728950e.tmp'];

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-drafts-'));
  const anHourAgo = new Date(Date.now() - 3_600_000);
  for (const name of [draft, ...others]) {
    await writeFile(join(directory, name), 'half a secret');
    await utimes(join(directory, name), anHourAgo, anHourAgo);
  }
  await writeFile(join(directory, fresh), 'being written');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const files = (): SecretProvider => new FileSecretProvider(directory);
const store = (): SecretProvider =>
  new EncryptedSecretProvider({ path: join(directory, 'secrets.age'), key: { file: join(directory, 'age.key') } });

describe('what a writer that crashed has left', () => {
  it.each([
    ['a directory of files', 'by the next write', files, (provider: SecretProvider) => provider.set!('OTHER', 'value')],
    ['an encrypted store', 'by the next write', store, (provider: SecretProvider) => provider.set!('OTHER', 'value')],
    [
      'a directory of files',
      'when it is watched',
      files,
      async (provider: SecretProvider) => (await provider.watch!(() => undefined)).close(),
    ],
    [
      'an encrypted store',
      'when it is watched',
      store,
      async (provider: SecretProvider) => (await provider.watch!(() => undefined)).close(),
    ],
  ])('in %s is removed %s, and nothing else is', async (_kind, _when, open, use) => {
    await use(open());
    const left = await readdir(directory);
    expect(left).not.toContain(draft);
    expect(left).toEqual(expect.arrayContaining([fresh, ...others]));
  });
});
