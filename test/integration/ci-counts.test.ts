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

interface Counts {
  readonly passed?: number;
  readonly failed?: number;
  readonly skipped?: number;
  readonly todo?: number;
  readonly isBroken?: boolean;
}

/** As Jest writes them. */
function results({ passed = 0, failed = 0, skipped = 0, todo = 0, isBroken = false }: Counts, name = 'one.test.ts') {
  const tests = (count: number, status: string) => Array.from({ length: count }, () => ({ status }));
  const assertionResults = [
    ...tests(passed, 'passed'),
    ...tests(failed, 'failed'),
    ...tests(skipped, 'pending'),
    ...tests(todo, 'todo'),
  ];
  const status = failed > 0 || isBroken ? 'failed' : 'passed';
  return JSON.stringify({ numPassedTests: passed, testResults: [{ name, status, assertionResults }] });
}

function run(...args: string[]) {
  const { stdout, status } = spawnSync(process.execPath, [join(root, '.ci/count-tests.mjs'), ...args], {
    encoding: 'utf8',
  });
  return { lines: stdout.trimEnd().split('\n'), status };
}

function written(file: string, text: string): string {
  const path = join(folder, file);
  writeFileSync(path, text);
  return path;
}

describe('.ci/run', () => {
  it.each([
    [
      'passes when tests ran and passed',
      results({ passed: 3, skipped: 1, todo: 1 }),
      'tests: 3 passed, 0 failed, 2 skipped',
      0,
    ],
    ['fails when a test failed', results({ passed: 3, failed: 2 }), 'tests: 3 passed, 2 failed, 0 skipped', 1],
    [
      'counts a file that could not be run as failed',
      results({ passed: 3, isBroken: true }),
      'tests: 3 passed, 1 failed, 0 skipped',
      1,
    ],
    ['fails when no test ran', results({ skipped: 4 }), 'tests: 0 passed, 0 failed, 4 skipped', 1],
    ['fails when the tests did not get as far as writing results', '', 'tests: 0 passed, 0 failed, 0 skipped', 1],
  ])('%s', (_title, text, line, status) => {
    expect(run(written('results.json', text))).toEqual({ lines: [line], status });
  });

  it('adds the parts up, and fails when one of them did not run to its end', () => {
    const first = written('first.json', results({ passed: 3 }, 'one.test.ts'));
    const second = written('second.json', results({ passed: 4 }, 'two.test.ts'));
    expect(run(first, second)).toEqual({ lines: ['tests: 7 passed, 0 failed, 0 skipped'], status: 0 });
    expect(run(first, join(folder, 'missing.json')).status).toBe(1);
  });

  it('names the files that failed, and takes what they gave when they ran alone', () => {
    const first = written('first.json', results({ passed: 3 }, 'one.test.ts'));
    const second = written('second.json', results({ passed: 4, failed: 1 }, 'two.test.ts'));
    expect(run('--failed', first, second).lines).toEqual(['two.test.ts']);
    const better = written('alone.json', results({ passed: 5 }, 'two.test.ts'));
    expect(run(first, second, better)).toEqual({ lines: ['tests: 8 passed, 0 failed, 0 skipped'], status: 0 });
    const same = written('alone.json', results({ passed: 4, failed: 1 }, 'two.test.ts'));
    expect(run(first, second, same)).toEqual({ lines: ['tests: 7 passed, 1 failed, 0 skipped'], status: 1 });
  });

  it('is executable and runs what the README tells people to run', () => {
    const script = readFileSync(join(root, '.ci/run'), 'utf8');
    expect(statSync(join(root, '.ci/run')).mode & 0o111).not.toBe(0);
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('npm ci && npm test');
    expect(script).toMatch(/npm ci\b[^]*npm test\b[^]*count-tests\.mjs/);
  });
});
