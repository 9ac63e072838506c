import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { repository } from './node-process.js';

function bench(...args: string[]) {
  const argv = ['--import', 'tsx', 'bench/main.ts', ...args];
  const { stdout, stderr, status } = spawnSync(process.execPath, argv, {
    cwd: repository,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '' },
    timeout: 100_000,
  });
  return { stdout, stderr, status };
}

describe('npm run bench', () => {
  it('starts a module and NestJS beside bare Node, and says which targets are met', () => {
    const { stdout, stderr, status } = bench('boot', '--quick');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    for (const name of ['node -e 0', 'module, empty', 'module, 50 providers', 'NestJS context, 50 providers'])
      expect(stdout).toMatch(new RegExp(`^${name} +\\d+ +\\+-?\\d+ +\\d+\\.\\d\\d +\\d+\\.\\d +\\+-?\\d+\\.\\d$`, 'm'));
    expect(stdout).toMatch(/^time over bare Node, empty module: .+ at most 60 ms: (not )?met; ambitious 20 ms/m);
  }, 120_000);

  it('calls over our session beside other ways, and says which targets are met', () => {
    const { stdout, stderr, status } = bench('wire', '--quick');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    for (const name of ['raw socket echo', 'binary frames on fd 3', 'JSON lines on stdio', 'vscode-jsonrpc'])
      expect(stdout.match(new RegExp(`^${name}( +\\d+(\\.\\d+)?){5}$`, 'gm'))).toHaveLength(3);
    expect(stdout).toMatch(/^binary frames on fd 3, throughput of vscode-jsonrpc: .+ at least 8x: (not )?met/m);
  }, 120_000);

  it('runs a module with a connection of its own beside one without, on every engine that answers', () => {
    const { stdout, stderr, status } = bench('database', '--quick');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const engines = process.env['CI'] === 'true' ? ['postgres', 'mysql', 'sqlite'] : ['sqlite'];
    for (const engine of engines) expect(stdout).toMatch(new RegExp(`^${engine} +at once`, 'm'));
    expect(stdout.match(/^TypeORM findOneBy( +\d+(\.\d+)?){5}/gm)?.length).toBeGreaterThanOrEqual(2 * engines.length);
  }, 120_000);

  it('loads an entry once however many callers ask for it at once, where a Redis answers', () => {
    const { stdout, stderr, status } = bench('cache', '--quick');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    if (process.env['CI'] === 'true' || !stdout.includes('Redis: left out'))
      for (const world of ['direct', 'proxied'])
        expect(stdout).toMatch(new RegExp(`^loads of .*, ${world}: 1\\.00, at most 1: met`, 'm'));
  }, 120_000);

  it('rotates a secret under load, and loses no request', () => {
    const { stdout, stderr, status } = bench('rotation', '--quick');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(/^all acknowledged( +\d+){3}$/m);
    expect(stdout).toMatch(/^failed requests: 0\.00, at most 0: met/m);
  }, 120_000);

  it('names its benches when it is asked for another', () => {
    const { stderr, status } = bench('nothing');
    expect({ stderr, status }).toEqual({
      stderr: expect.stringMatching(/^usage: .* boot \| cache \| database \| redaction \| rotation \| wire/),
      status: 2,
    });
  });
});
