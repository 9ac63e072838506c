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
  ])('makes %s %s', (url, resolved) => {
    expect(resolveUrl(url, '/app')).toBe(resolved);
  });
});
