import { describe, expect, it } from '@jest/globals';
import { MemorySecretProvider } from '../../../../src/secrets/index.js';

describe('MemorySecretProvider', () => {
  it('gives back what it was given and what was written since', async () => {
    const provider = new MemorySecretProvider({ A: '1' });
    await provider.set('B', '2');
    await expect(Promise.all([provider.get('A'), provider.get('B'), provider.get('C')])).resolves.toEqual([
      '1',
      '2',
      undefined,
    ]);
    await expect(provider.list()).resolves.toEqual(['A', 'B']);
    await expect(provider.canWrite()).resolves.toBe(true);
  });
});
