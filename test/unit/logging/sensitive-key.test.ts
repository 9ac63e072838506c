import { describe, expect, it } from '@jest/globals';
import { isHarmlessUnder, isSensitiveKey } from '../../../src/logging/sensitive-key.js';

describe('isSensitiveKey', () => {
  it.each([
    'password',
    'PASSWORD',
    'dbPassword',
    'db_password',
    'passwordConfirmation',
    'password2',
    'passwd',
    'user-passphrase',
    'token',
    'refreshToken',
    'csrf_token',
    'tokens',
    'secret',
    'client_secret',
    'clientSecretValue',
    'Authorization',
    'proxy-authorization',
    'Cookie',
    'Set-Cookie',
    'apiKey',
    'api_key',
    'API KEY',
    'x-api-key',
    'APIKey',
    'apikey',
    'privateKey',
    'private_key_pem',
    'ssh.private-key',
    'secretAccessKey',
    'credential',
    'awsCredentials',
  ])('hides what stands under %s', (key) => {
    expect(isSensitiveKey(key)).toBe(true);
  });

  it.each([
    'key',
    'keys',
    'primaryKey',
    'publicKey',
    'name',
    'secretName',
    'secret_name',
    'tokenType',
    'tokenCount',
    'token_expires_at',
    'passwordLength',
    'secretary',
    'tokenize',
    'compass',
    'cookieless',
    'author',
    'authority',
    'monkey',
    '',
    '42',
  ])('shows what stands under %p', (key) => {
    expect(isSensitiveKey(key)).toBe(false);
  });

  it('shows that there is nothing, and how many there are', () => {
    expect([
      isHarmlessUnder('token', undefined),
      isHarmlessUnder('token', null),
      isHarmlessUnder('tokens', 42),
    ]).toEqual([true, true, true]);
    expect([isHarmlessUnder('pinToken', 42), isHarmlessUnder('tokens', '42'), isHarmlessUnder('token', false)]).toEqual(
      [false, false, false],
    );
  });
});
