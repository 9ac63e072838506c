import { describe, expect, it } from '@jest/globals';
import { PyWattError } from '../../../src/foundation/index.js';
import { ModuleSecrets, SecretError, type SecretSource } from '../../../src/secrets/index.js';
import { declared, setUpModule, setUpStore } from './secrets-set-up.js';

describe('the secrets of a module at boot', () => {
  it('reads every declared secret, parsed as declared, and redacts it from then on', async () => {
    const setUp = setUpStore({ KEY: 'sk_live_42', LIMIT: '250000', HOOK: 'https://hooks.example/token' });
    const declarations = [
      declared('KEY'),
      declared('LIMIT', { as: 'number' }),
      declared('HOOK', { as: 'url', optional: true }),
    ];
    const secrets = await setUpModule(setUp, declarations);
    expect(declarations.map((each) => secrets.valueFor(each)?.reveal())).toEqual([
      'sk_live_42',
      250_000,
      new URL('https://hooks.example/token'),
    ]);
    expect(secrets.valueFor(declared('KEY'))?.version).toMatch(/^[0-9a-f]{12}$/);
    expect(setUp.redactor.redact('sk_live_42 https://hooks.example/token')).toBe('[REDACTED] [REDACTED]');
  });

  it('gives the same secret in several forms', async () => {
    const secrets = await setUpModule(setUpStore({ LIMIT: '5000' }), [
      declared('LIMIT'),
      declared('LIMIT', { as: 'number' }),
    ]);
    expect(secrets.valueFor(declared('LIMIT'))?.reveal()).toBe('5000');
    expect(secrets.valueFor(declared('LIMIT', { as: 'number' }))?.reveal()).toBe(5000);
  });

  it('gives undefined for an optional secret nobody has, and the default where there is one', async () => {
    const secrets = await setUpModule(setUpStore({}), [
      declared('HOOK', { optional: true }),
      declared('LIMIT', { as: 'number', default: 3 }),
    ]);
    expect(secrets.valueFor(declared('HOOK', { optional: true }))).toBeUndefined();
    expect(secrets.valueFor(declared('LIMIT', { as: 'number', default: 3 }))?.reveal()).toBe(3);
  });

  it('reports every missing, unparsable and unreadable secret at once, with where it looked and no value', async () => {
    const setUp = setUpStore({ LIMIT: 'hunter2-limit', URL: 'hunter2-url' });
    const source: SecretSource = {
      placesOf: (name) => [`PYWATT_SECRET_${name}`],
      get: (name) =>
        name === 'DENIED' ? Promise.reject(new SecretError('ACCESS_DENIED', 'not granted')) : setUp.store.get(name),
    };
    const secrets = new ModuleSecrets({ ...setUp, source });
    const declarations = [
      declared('KEY'),
      declared('TOKEN'),
      declared('LIMIT', { as: 'number' }),
      declared('URL', { as: 'url' }),
      declared('DENIED'),
    ];
    const error: unknown = await secrets.prefetch(declarations, ['ONLY_A_HOOK']).catch((caught: unknown) => caught);
    expect(PyWattError.is(error) && [error.family, error.code]).toEqual(['boot', 'SECRETS_MISSING']);
    const { message, details } = error as PyWattError;
    expect(message.split('\n').sort()).toEqual([
      '- DENIED could not be read: not granted',
      '- KEY is missing (looked for PYWATT_SECRET_KEY)',
      '- ONLY_A_HOOK is missing (looked for PYWATT_SECRET_ONLY_A_HOOK)',
      '- TOKEN is missing (looked for PYWATT_SECRET_TOKEN)',
      "- secret 'LIMIT' is not a decimal number (from PYWATT_SECRET_LIMIT)",
      "- secret 'URL' is not an absolute URL (from PYWATT_SECRET_URL)",
      '6 secrets of this module cannot be used; set them where they are looked for:',
    ]);
    expect(details).toEqual({
      missing: ['KEY', 'TOKEN', 'ONLY_A_HOOK'],
      invalid: ['LIMIT', 'URL'],
      failed: ['DENIED'],
    });
  });

  it('does not wait for ever for a source that does not answer', async () => {
    const source: SecretSource = { placesOf: () => ['nowhere'], get: () => new Promise(() => undefined) };
    const secrets = new ModuleSecrets({ ...setUpStore({}), source, readTimeout: '10ms' });
    await expect(secrets.prefetch([declared('KEY')])).rejects.toThrow('KEY could not be read: no answer within "10ms"');
  });
});
