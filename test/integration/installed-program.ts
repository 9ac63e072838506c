import { describe } from '@jest/globals';
import { spawnSync } from 'node:child_process';

/** `describe` where the program is installed; without it the suite is skipped and says so, and under CI it fails. */
export function describeWithProgram(program: string): typeof describe | typeof describe.skip {
  if (spawnSync(program, ['--version']).status === 0) return describe;
  const message = `there is no ${program} to start, so nothing about it is tested`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`SKIPPED: ${message}\n`);
  return describe.skip;
}
