import { expect } from '@jest/globals';
import { PyWattError } from '../../src/foundation/index.js';
import { parseConfig } from '../../src/orchestrator/config/parse-config.js';

export const minimalConfig = { modules: { orders: { command: 'node main.js' } } };

/** What is refused of a configuration in `/app`, each as `path: message`; the error's own message has all of it. */
export function configProblemsOf(value: unknown, options = {}): string[] {
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
