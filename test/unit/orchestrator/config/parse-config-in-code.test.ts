import { describe, expect, it } from '@jest/globals';
import { PyWattError } from '../../../../src/foundation/index.js';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';

const minimal = { modules: { orders: { command: 'node main.js' } } };

function problemsOf(value: unknown, options = {}): string[] {
  try {
    parseConfig(value, '/app', options);
    return [];
  } catch (error) {
    if (!PyWattError.is(error)) throw error;
    expect(error.code).toBe('CONFIG_INVALID');
    const problems = error.details['problems'] as { path: string; message: string }[];
    for (const { path, message } of problems)
      expect(error.message).toContain(path === '' ? message : `${path}: ${message}`);
    return problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('parseConfig of a configuration in code', () => {
  it('takes secrets in memory from code but not from a file', () => {
    const config = { ...minimal, secrets: [{ memory: { KEY: 'value-of-key' } }] };
    expect(problemsOf(config)).toEqual([]);
    const [problem] = problemsOf(config, { memorySecrets: false });
    expect(problem).toContain('secrets[0]: would keep secrets in a configuration file');
    expect(problem).not.toContain('value-of-key');
  });

  it('has no gateway when it is false', () => {
    expect(parseConfig({ ...minimal, gateway: false }, '/app').gateway).toBeUndefined();
  });

  it('needs no command for a module that a launcher of its own starts', () => {
    const config = parseConfig({ modules: { a: {} } }, '/app', { launchedModules: new Set(['a']) });
    expect(config.modules.get('a')?.command).toEqual([]);
  });
});
