import { describe, expect, it } from '@jest/globals';
import { EnvSecretProvider } from '../../../../src/secrets/index.js';

describe('EnvSecretProvider', () => {
  const env = { PYWATT_SECRET_STRIPE_KEY: 'sk', PYWATT_SECRET_EMPTY: '', STRIPE_KEY: 'not this', APP_TOKEN: 't' };

  it('reads the prefixed variable, in upper case with underscores', async () => {
    const provider = new EnvSecretProvider({ env });
    await expect(provider.get('STRIPE_KEY')).resolves.toBe('sk');
    await expect(provider.get('stripe-key')).resolves.toBe('sk');
    expect(provider.placesOf('stripe.key')).toEqual(['PYWATT_SECRET_STRIPE_KEY']);
  });

  it('has nothing for a variable that is unset or empty', async () => {
    const provider = new EnvSecretProvider({ env });
    await expect(provider.get('OTHER')).resolves.toBeUndefined();
    await expect(provider.get('EMPTY')).resolves.toBeUndefined();
  });

  it('takes another prefix', async () => {
    await expect(new EnvSecretProvider({ env, prefix: 'APP_' }).get('token')).resolves.toBe('t');
  });

  it('lists what it has', async () => {
    await expect(new EnvSecretProvider({ env }).list()).resolves.toEqual(['STRIPE_KEY']);
  });

  it('cannot be written, and says where to move the secret', async () => {
    const provider = new EnvSecretProvider({ env });
    await expect(provider.canWrite('STRIPE_KEY')).resolves.toMatch(/PYWATT_SECRET_STRIPE_KEY.*secret files/);
    expect('set' in provider).toBe(false);
  });

  it('reads the environment of the process by default', async () => {
    process.env['PYWATT_SECRET_ENV_PROVIDER_TEST'] = 'from the process';
    try {
      await expect(new EnvSecretProvider().get('env-provider-test')).resolves.toBe('from the process');
    } finally {
      delete process.env['PYWATT_SECRET_ENV_PROVIDER_TEST'];
    }
  });
});
