import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TextSecretProvider } from '../../../../src/secrets/index.js';

describe('a file with many secrets', () => {
  it.each([
    ['dotenv', 'FIRST=one\r\nSECOND="two # 2"\r\n'],
    ['toml', 'FIRST = "one"\r\nSECOND = "two # 2"\r\n'],
  ] as const)('of the format %s is read as an editor of Windows writes it', async (format, text) => {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-secrets-'));
    try {
      const path = join(directory, 'secrets');
      await writeFile(path, `\uFEFF${text}`);
      const provider = new TextSecretProvider(path, { format });
      expect(await provider.list()).toEqual(['FIRST', 'SECOND']);
      expect(await provider.get('FIRST')).toBe('one');
      expect(await provider.get('SECOND')).toBe('two # 2');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
