import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pywatt-counts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function count(results: string) {
  const file = join(folder, 'results.json');
  writeFileSync(file, results);
  const { stdout, status } = spawnSync(process.execPath, [join(root, '.ci/count-tests.mjs'), file], {
    encoding: 'utf8',
  });
  return { lines: stdout.trimEnd().split('\n'), status };
}

const results = (counts: Partial<Record<string, number>>) =>
  JSON.stringify({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
    ...counts,
  });

describe('.ci/run', () => {
  it.each([
    [
      'passes when tests ran and passed',
      results({ numPassedTests: 3, numPendingTests: 1, numTodoTests: 1 }),
      'tests: 3 passed, 0 failed, 2 skipped',
      0,
    ],
    [
      'fails when a test failed',
      results({ numPassedTests: 3, numFailedTests: 2 }),
      'tests: 3 passed, 2 failed, 0 skipped',
      1,
    ],
    [
      'counts a file that could not be run as failed',
      results({ numPassedTests: 3, numRuntimeErrorTestSuites: 1 }),
      'tests: 3 passed, 1 failed, 0 skipped',
      1,
    ],
    ['fails when no test ran', results({ numPendingTests: 4 }), 'tests: 0 passed, 0 failed, 4 skipped', 1],
    ['fails when the tests did not get as far as writing results', '', 'tests: 0 passed, 0 failed, 0 skipped', 1],
  ])('%s', (_title, text, line, status) => {
    expect(count(text)).toEqual({ lines: [line], status });
  });

  it('adds the parts up, and fails when one of them did not run to its end', () => {
    const first = join(folder, 'first.json');
    writeFileSync(first, results({ numPassedTests: 3 }));
    const script = join(root, '.ci/count-tests.mjs');
    const add = (second: string) => spawnSync(process.execPath, [script, first, second], { encoding: 'utf8' });
    const both = add(first);
    expect({ line: both.stdout, status: both.status }).toEqual({
      line: 'tests: 6 passed, 0 failed, 0 skipped\n',
      status: 0,
    });
    expect(add(join(folder, 'missing.json')).status).toBe(1);
  });

  it('is executable and runs what the README tells people to run', () => {
    const script = readFileSync(join(root, '.ci/run'), 'utf8');
    expect(statSync(join(root, '.ci/run')).mode & 0o111).not.toBe(0);
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('npm ci && npm test');
    expect(script).toMatch(/npm ci\b[^]*npm test\b[^]*count-tests\.mjs/);
  });
});
