import { describe, expect, it } from '@jest/globals';
import type { ModuleConfigInput } from '../../../../src/orchestrator/index.js';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';
import { configurationOf, readLaunchRecord } from '../../../../src/orchestrator/reattach/launch-record.js';

const record = {
  moduleId: 'orders',
  launchId: 'orders#1',
  pid: 4711,
  identity: 'boot 12',
  ticketHash: 'h',
  configuration: 'c',
  ports: [8000],
};

describe('a record of a launch', () => {
  it('is read as it was written', () => {
    expect(readLaunchRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it.each<[string, unknown]>([
    ['that is no object', 'orders'],
    ['of every process there is', { ...record, pid: -1 }],
    ['of the first process', { ...record, pid: 1 }],
    ['of the own group', { ...record, pid: 0 }],
    ['without the start of its process', { ...record, identity: undefined }],
    ['with a port that is none', { ...record, ports: [0] }],
    ['without a list of ports', { ...record, ports: 8000 }],
  ])('is none %s', (_what, value) => {
    expect(readLaunchRecord(value)).toBeUndefined();
  });
});

describe('the configuration that a launch goes by', () => {
  const of = (module: Partial<ModuleConfigInput>) =>
    configurationOf(
      parseConfig(
        { modules: { orders: { command: 'node main.js', channels: ['unix'], reattach: '30s', ...module } } },
        '/app',
      ).modules.get('orders')!,
    );

  it('does not depend on the order in which things are named, nor on what only the orchestrator goes by', () => {
    const one = of({ env: { A: '1', B: '2' }, secrets: ['X', 'Y'] });
    expect(of({ secrets: ['Y', 'X'], env: { B: '2', A: '1' }, restart: 'always', shutdownGrace: '1s' })).toBe(one);
  });

  it.each<Partial<ModuleConfigInput>>([
    { command: 'node other.js' },
    { cwd: 'there' },
    { env: { A: '2' } },
    { secrets: ['X'] },
    { services: ['geo'] },
    { services: { geo: 'direct' } },
    { channels: { unix: 'required' } },
    { reattach: '31s' },
  ])('changes with %j', (module) => {
    expect(of(module)).not.toBe(of({}));
  });
});
