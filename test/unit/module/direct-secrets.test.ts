import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SecretRedactor } from '../../../src/logging/index.js';
import { directSecretProviders } from '../../../src/module/direct-secrets.js';
import { secretSettings } from '../../../src/module/secret-settings.js';

const namesOf = (env: NodeJS.ProcessEnv) => directSecretProviders(env).map(({ name }) => name);

describe('directSecretProviders', () => {
  // At a terminal a person would be asked for the passphrase of a store.
  const { isTTY } = process.stdin;
  beforeAll(() => void (process.stdin.isTTY = false));
  afterAll(() => void (process.stdin.isTTY = isTTY));

  it('asks the variables, then every place that the environment names', () => {
    expect(namesOf({})).toEqual(['env PYWATT_SECRET_*']);
    expect(
      namesOf({
        PYWATT_SECRETS_DIR: '/s',
        CREDENTIALS_DIRECTORY: '/c',
        SECRET_FILE_PATH: '/f.toml',
        PYWATT_SECRETS_DOTENV: '/d.env',
        PYWATT_SECRETS_STORE: '/s.age',
        PYWATT_SECRETS_STORE_KEY_FILE: '/age.key',
      }),
    ).toEqual(['env PYWATT_SECRET_*', 'file /s', 'file /c', 'toml /f.toml', 'dotenv /d.env', 'store /s.age']);
  });

  it('hides the token of a far orchestrator, also before that one has answered', async () => {
    const redactor = new SecretRedactor();
    const env = { PYWATT_SECRETS_URL: 'tcp://127.0.0.1:1', PYWATT_SECRETS_TOKEN: 'zq-token-of-an-orchestrator' };
    const providers = directSecretProviders(env, undefined, redactor);
    await expect(providers.at(-1)!.get('KEY')).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    expect(redactor.redact('a token: zq-token-of-an-orchestrator')).toBe('a token: [REDACTED]');
  });

  it('asks in the order of SECRET_PROVIDER_CHAIN, and nobody else', () => {
    const env = { PYWATT_SECRETS_DIR: '/s', PYWATT_SECRETS_DOTENV: '/d.env' };
    expect(namesOf({ ...env, SECRET_PROVIDER_CHAIN: 'file, env' })).toEqual(['file /s', 'env PYWATT_SECRET_*']);
    expect(namesOf({ ...env, SECRET_PROVIDER_CHAIN: 'env' })).toEqual(['env PYWATT_SECRET_*']);
  });

  it.each([
    [{ SECRET_PROVIDER_CHAIN: 'env,fil' }, "names 'fil' (did you mean 'file'?): write a list of env, file, dotenv"],
    [
      { SECRET_PROVIDER_CHAIN: 'env,file' },
      "names 'file': set PYWATT_SECRETS_DIR, CREDENTIALS_DIRECTORY or SECRET_FILE",
    ],
    [{ SECRET_FILE_PATH: 'x', SECRET_FILE_FORMAT: 'yaml' }, "SECRET_FILE_FORMAT is 'yaml': only toml is read"],
    [{ PYWATT_SECRETS_STORE: 'x' }, 'name its key in PYWATT_SECRETS_STORE_KEY_FILE'],
    [
      { PYWATT_SECRETS_STORE: 'x', PYWATT_SECRETS_STORE_PASSPHRASE_FD: 'correct horse' },
      'PYWATT_SECRETS_STORE_PASSPHRASE_FD is no number of an open file descriptor',
    ],
    [{ PYWATT_SECRETS_DOTENV: '.env', NODE_ENV: 'production' }, 'is for development, and NODE_ENV is production'],
    [{ PYWATT_SECRET_CACHE_TTL: 'soon' }, "PYWATT_SECRET_CACHE_TTL is 'soon': write a number of seconds above 0"],
    [{ PYWATT_SECRET_ROTATION_INTERVAL: '0' }, 'PYWATT_SECRET_ROTATION_INTERVAL'],
    [{ PYWATT_SECRET_MAX_CACHE_SIZE: '-1' }, 'write a whole number above 0'],
    [{ PYWATT_SECRET_ENABLE_ROTATION: 'perhaps' }, 'write true or false'],
  ])('refuses %j with what to write', (env, message) => {
    expect(() => directSecretProviders(env)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => directSecretProviders(env)).toThrow(message);
  });

  it('reads a dotenv file in production only when told so', () => {
    const env = { PYWATT_SECRETS_DOTENV: '/.env', NODE_ENV: 'production', PYWATT_SECRETS_DOTENV_IN_PRODUCTION: 'true' };
    expect(namesOf(env)).toContain('dotenv /.env');
  });
});

describe('secretSettings', () => {
  it('has the defaults of the other SDKs, and reads seconds or durations', () => {
    expect(secretSettings({})).toEqual({
      ttl: { milliseconds: 900_000 },
      max: 1_000,
      pollMs: undefined,
      watches: true,
    });
    expect(
      secretSettings({
        PYWATT_SECRET_CACHE_TTL: '60',
        PYWATT_SECRET_ROTATION_INTERVAL: '5m',
        PYWATT_SECRET_MAX_CACHE_SIZE: '10',
        PYWATT_SECRET_ENABLE_ROTATION: 'False',
      }),
    ).toEqual({ ttl: { milliseconds: 60_000 }, max: 10, pollMs: 300_000, watches: false });
  });
});
