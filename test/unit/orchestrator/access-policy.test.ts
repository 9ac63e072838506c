import { describe, expect, it } from '@jest/globals';
import { AccessPolicy } from '../../../src/orchestrator/access-policy.js';
import { parseConfig } from '../../../src/orchestrator/config/parse-config.js';

const policy = new AccessPolicy(
  parseConfig(
    {
      modules: {
        orders: {
          command: 'x',
          databases: { main: 'proxied', local: 'direct' },
          caches: ['default'],
          services: { geo: 'proxied', mail: 'direct' },
          secrets: ['B', 'A'],
        },
        billing: { command: 'x', secrets: ['A'], jwt: 'verify' },
      },
      databases: { main: { url: 'sqlite::memory:' } },
      caches: { default: { url: 'memory:' } },
      jwt: { secret: { secret: 'JWT_KEY' } },
    },
    '/app',
  ).modules,
);

describe('AccessPolicy', () => {
  it('allows what was granted', () => {
    expect(policy.mayOpen('orders', 'Database', 'main')).toBe(true);
    expect(policy.mayOpen('orders', 'Cache', 'default')).toBe(true);
    expect(policy.mayOpen('orders', { Custom: 'geo' }, 'default')).toBe(true);
    expect(policy.mayOpen('billing', 'Jwt', 'default')).toBe(true);
    expect(policy.mayRead('orders', 'B')).toBe(true);
  });

  it.each([
    ['another module', 'billing', 'Database', 'main'],
    ['another name', 'orders', 'Database', 'default'],
    ['a database that was granted as direct', 'orders', 'Database', 'local'],
    ['the name of a cache as a database', 'orders', 'Database', 'default'],
    ['tokens, which were granted to another module', 'orders', 'Jwt', 'default'],
    ['a service that was granted as direct', 'orders', { Custom: 'mail' }, 'default'],
    ['the service of another module', 'billing', { Custom: 'geo' }, 'default'],
    ['the name of a cache as a service', 'orders', { Custom: 'default' }, 'default'],
    ['a module that does not exist', 'nobody', 'Cache', 'default'],
  ] as const)('refuses %s', (_what, module, type, name) => {
    expect(policy.mayOpen(module, type, name)).toBe(false);
  });

  it('refuses secrets of other modules', () => {
    expect(policy.mayRead('billing', 'B')).toBe(false);
    expect(policy.mayRead('nobody', 'A')).toBe(false);
  });

  it('knows who reads a secret', () => {
    expect(policy.readersOf('A')).toEqual(['orders', 'billing']);
    expect(policy.secrets).toEqual(['A', 'B']);
  });
});
