import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';
import { configProblemsOf, minimalConfig } from '../../../support/config-problems.js';

describe('parseConfig of a configuration in code', () => {
  it('takes secrets in memory from code but not from a file', () => {
    const config = { ...minimalConfig, secrets: [{ memory: { KEY: 'value-of-key' } }] };
    expect(configProblemsOf(config)).toEqual([]);
    const [problem] = configProblemsOf(config, { memorySecrets: false });
    expect(problem).toContain('secrets[0]: would keep secrets in a configuration file');
    expect(problem).not.toContain('value-of-key');
  });

  it('has no gateway when it is false', () => {
    expect(parseConfig({ ...minimalConfig, gateway: false }, '/app').gateway).toBeUndefined();
  });

  it('needs no command for a module that a launcher of its own starts', () => {
    const config = parseConfig({ modules: { a: {} } }, '/app', { launchedModules: new Set(['a']) });
    expect(config.modules.get('a')?.command).toEqual([]);
  });
});
