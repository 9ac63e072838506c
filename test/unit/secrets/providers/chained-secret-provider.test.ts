import { describe, expect, it } from '@jest/globals';
import {
  ChainedSecretProvider,
  EnvSecretProvider,
  MemorySecretProvider,
  SecretError,
  type SecretProvider,
} from '../../../../src/secrets/index.js';

const failing: SecretProvider = {
  name: 'vault',
  placesOf: (name) => [`vault ${name}`],
  get: () => Promise.reject(new SecretError('PROVIDER_FAILED', 'vault is sealed')),
  canWrite: () => Promise.resolve('sealed'),
};

describe('ChainedSecretProvider', () => {
  it('takes the first hit and passes over providers that have nothing', async () => {
    const chain = new ChainedSecretProvider([
      new MemorySecretProvider({ A: '1' }),
      new MemorySecretProvider({ A: '2', B: '3' }),
    ]);
    await expect(Promise.all([chain.get('A'), chain.get('B'), chain.get('C')])).resolves.toEqual(['1', '3', undefined]);
    await expect(chain.list()).resolves.toEqual(['A', 'B']);
  });

  it('stops at a provider that fails', async () => {
    const chain = new ChainedSecretProvider([
      new MemorySecretProvider({ A: '1' }),
      failing,
      new MemorySecretProvider({ B: '2' }),
    ]);
    await expect(chain.get('A')).resolves.toBe('1');
    await expect(chain.get('B')).rejects.toThrow('vault is sealed');
  });

  it('says everywhere it looks', () => {
    const chain = new ChainedSecretProvider([new EnvSecretProvider({ env: {} }), failing]);
    expect(chain.placesOf('A')).toEqual(['PYWATT_SECRET_A', 'vault A']);
    expect(chain.name).toBe('env PYWATT_SECRET_*, then vault');
  });

  it('writes to the provider that supplies the secret', async () => {
    const second = new MemorySecretProvider({ B: 'old' });
    const chain = new ChainedSecretProvider([new MemorySecretProvider({ A: '1' }), second]);
    await chain.set('B', 'new');
    await expect(second.get('B')).resolves.toBe('new');
  });

  it('refuses to write where the supplier cannot, even when another provider could', async () => {
    const memory = new MemorySecretProvider();
    const chain = new ChainedSecretProvider([new EnvSecretProvider({ env: { PYWATT_SECRET_A: '1' } }), memory]);
    await expect(chain.canWrite('A')).resolves.toContain('PYWATT_SECRET_A');
    await expect(chain.set('A', '2')).rejects.toMatchObject({ code: 'READ_ONLY' });
    await expect(memory.get('A')).resolves.toBeUndefined();
  });

  it('writes a new secret to the first provider that takes it', async () => {
    const memory = new MemorySecretProvider();
    const chain = new ChainedSecretProvider([new EnvSecretProvider({ env: {} }), memory]);
    await expect(chain.canWrite('NEW')).resolves.toBe(true);
    await chain.set('NEW', 'value');
    await expect(memory.get('NEW')).resolves.toBe('value');
    await expect(new ChainedSecretProvider([]).canWrite('NEW')).resolves.toBe('no secret provider is configured');
  });
});
