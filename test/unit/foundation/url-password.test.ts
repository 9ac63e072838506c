import { describe, expect, it } from '@jest/globals';
import { hideUrlPassword } from '../../../src/foundation/index.js';
import { SecretRedactor } from '../../../src/logging/index.js';

describe('hideUrlPassword', () => {
  it.each([
    ['postgres://app:s3cret-pw@host/db', 's3cret-pw'],
    ['redis-cluster://:s3cret-pw@one,two', 's3cret-pw'],
    ['mysql://app:p%40ss%3Aword@host/db?x=1', 'p@ss:word'],
    ['mysql://app:p%40ss%3Aword@host/db?x=1', 'p%40ss%3Aword'],
    ['redis://app:half%zz-way@host', 'half%zz-way'],
  ])('hides of %s the password %s', (url, password) => {
    const redactor = new SecretRedactor();
    hideUrlPassword(url, redactor);
    expect(redactor.redact(`it is ${password}!`)).toBe('it is [REDACTED]!');
  });

  it.each([
    'postgres://app@host/db',
    'memory:',
    'sqlite:./data.db',
    'redis://app:abc@host',
    'mysql://root:root@host/db',
    'nonsense',
  ])('hides nothing of %s', (url) => {
    const redactor = new SecretRedactor();
    hideUrlPassword(url, redactor);
    expect(redactor.size).toBe(0);
  });
});
