import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/orchestrator/config/parse-config.js';
import { nearGrants } from '../../../src/orchestrator/near-grants.js';

const command = 'node main.js';
const configured = (modules: Record<string, object>) =>
  parseConfig(
    { modules: modules as never, caches: { default: { url: 'memory:' }, other: { url: 'memory:' } } },
    '/app',
  );

describe('nearGrants', () => {
  it('lists by cache which modules may keep how much of it near', () => {
    const { modules } = configured({
      one: { command, caches: { default: { near: true }, other: 'proxied' } },
      two: { command, caches: { default: { near: { max: '64kb', maxEntries: 5 } }, other: { near: { max: '2mb' } } } },
      three: { command, caches: ['default'] },
      four: { command, caches: { default: 'direct' } },
    });
    expect(nearGrants(modules)).toEqual(
      new Map([
        [
          'default',
          {
            mayOutlive: false,
            modules: new Map([
              ['one', { maxBytes: 1024 ** 2, maxEntries: 1_000 }],
              ['two', { maxBytes: 64 * 1024, maxEntries: 5 }],
            ]),
          },
        ],
        ['other', { mayOutlive: false, modules: new Map([['two', { maxBytes: 2 * 1024 ** 2, maxEntries: 1_000 }]]) }],
      ]),
    );
  });

  it('says of which caches leases may still run when the orchestrator is replaced', () => {
    const { modules } = parseConfig(
      {
        modules: { one: { command, caches: { default: { near: true } }, channels: ['unix'], reattach: '30s' } },
        caches: { default: { url: 'memory:' } },
      },
      '/app',
    );
    expect(nearGrants(modules).get('default')?.mayOutlive).toBe(true);
  });

  it.each([
    [{ default: { near: false } }, 'default: near is false; write true or { max: 1mb, maxEntries: 1000 }'],
    [{ default: { near: { maxEntires: 5 } } }, "default: near has no 'maxEntires' (did you mean 'maxEntries'?)"],
    [{ default: { near: { max: '100b' } } }, 'every entry takes 432'],
    [{ default: { near: { max: 'much' } } }, 'default: near: max "much" is not a size'],
    [{ default: { near: { max: null } } }, 'default: near: max null is not a size'],
    [{ default: { near: { maxEntries: 0 } } }, 'maxEntries is 0; write a whole number above 0'],
    [{ default: { near: { maxEntries: '5' } } }, 'maxEntries is "5"; write a whole number above 0'],
    [{ default: { naer: true } }, 'default must be proxied, direct, or { near: true }'],
    [{ default: { near: true, policy: 'lru' } }, 'default must be proxied, direct, or { near: true }'],
    [{ default: true }, 'default must be proxied or direct, not true'],
    [{ missing: { near: true } }, "'missing' is not configured"],
  ])('refuses %j', (caches, message) => {
    expect(() => configured({ one: { command, caches } })).toThrow(message);
  });

  it('is no word for databases', () => {
    expect(() => configured({ one: { command, databases: { default: { near: true } } } })).toThrow(
      'default must be proxied or direct',
    );
  });
});
