import { describe, expect, it } from '@jest/globals';
import type { OrchestratorConfigInput } from '../../../../src/orchestrator/index.js';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';

const read = (
  module: Partial<OrchestratorConfigInput['modules'][string]>,
  more: Partial<OrchestratorConfigInput> = {},
  launchedModules: ReadonlySet<string> = new Set(),
) =>
  parseConfig({ modules: { orders: { command: 'node main.js', ...module } }, ...more }, '/app', {
    launchedModules,
  }).modules.get('orders')!.reattachMs;

const fixedPort = { channels: { tcp: { listen: '127.0.0.1:7000' } } };

describe('reattach of a module', () => {
  it('is off unless it is asked for, and a duration where the address is there for a new orchestrator, too', () => {
    expect(read({ channels: ['unix'] })).toBeUndefined();
    expect(read({ channels: ['unix'], reattach: '30s' })).toBe(30_000);
    expect(read({ channels: ['tcp', 'unix'], reattach: { seconds: 5 } })).toBe(5_000);
    expect(read({ channels: ['tcp'], reattach: '1m' }, fixedPort)).toBe(60_000);
  });

  it.each<[string, Parameters<typeof read>, string]>([
    ['without channels', [{ reattach: '30s' }], 'needs channels, such as channels: [unix]'],
    [
      'with a port that differs every time',
      [{ reattach: '30s', channels: ['tcp'] }],
      'give channels.tcp.listen a fixed',
    ],
    ['of another SDK', [{ reattach: '30s', channels: ['unix'], kind: 'rust-0.5' }], 'leave out kind and quirks'],
    ['of a launcher', [{ reattach: '30s', channels: ['unix'] }, {}, new Set(['orders'])], 'not for launchers'],
    ['that never waits', [{ reattach: '0s', channels: ['unix'] }], '"0s" is too short: at least 1ms'],
  ])('is refused for one %s', (_what, args, problem) => {
    expect(() => read(...args)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(problem) }),
    );
  });
});
