import { describe, expect, it } from '@jest/globals';
import { resolveUrl } from '../../../../src/orchestrator/config/resolve-url.js';

describe('resolveUrl', () => {
  it.each([
    ['sqlite:./data/app.db', 'sqlite:/app/data/app.db'],
    ['sqlite:app.db', 'sqlite:/app/app.db'],
    ['sqlite://./app.db', 'sqlite:/app/app.db'],
    ['sqlite:../app.db?mode=ro', 'sqlite:/app.db?mode=ro'],
    ['file:./cache', 'file:/app/cache'],
    ['sqlite:/var/app.db', 'sqlite:/var/app.db'],
    ['sqlite:///var/app.db', 'sqlite:///var/app.db'],
    ['sqlite::memory:', 'sqlite::memory:'],
    ['pglite:./data', 'pglite:/app/data'],
    ['pglite:memory', 'pglite:memory'],
    ['pglite:./memory', 'pglite:/app/memory'],
    ['sqlite:memory', 'sqlite:/app/memory'],
    ['memory:', 'memory:'],
    ['postgres://app@localhost/test', 'postgres://app@localhost/test'],
    ['sqlite::memory:?mode=ro', 'sqlite::memory:?mode=ro'],
    [
      'rediss://a?ca=ca.pem&cert=./my%20own.pem&key=my+own.key&ttl=1m',
      'rediss://a?ca=%2Fapp%2Fca.pem&cert=%2Fapp%2Fmy%20own.pem&key=%2Fapp%2Fmy%20own.key&ttl=1m',
    ],
    [
      'rediss://a?ca=/etc/ca.pem&cert=%2Fetc%2Fa.pem&prefix=ca',
      'rediss://a?ca=/etc/ca.pem&cert=%2Fetc%2Fa.pem&prefix=ca',
    ],
    ['redis://user:&ca=a@host', 'redis://user:&ca=a@host'],
    [
      'postgres://app@db/a?sslmode=verify-full&sslrootcert=ca.pem&sslcert=../a.pem&sslkey=a.key',
      'postgres://app@db/a?sslmode=verify-full&sslrootcert=%2Fapp%2Fca.pem&sslcert=%2Fa.pem&sslkey=%2Fapp%2Fa.key',
    ],
    ['mysql://app@db/a?ssl-ca=ca.pem', 'mysql://app@db/a?ssl-ca=%2Fapp%2Fca.pem'],
  ])('makes %s %s', (url, resolved) => {
    expect(resolveUrl(url, '/app')).toBe(resolved);
  });
});
