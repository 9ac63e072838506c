import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseConfig } from '../../src/orchestrator/config/parse-config.js';
import { repository } from './node-process.js';

const run = promisify(execFile);
const read = (file: string) => readFileSync(join(repository, file), 'utf8');
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map((match) => match[1]!);

// Inside the repository, so that the snippets import the package by its name, as a user's project would.
const directory = join(repository, 'dist', 'snippets');

describe('the README', () => {
  beforeAll(async () => {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    for (const block of blocks(read('README.md'), 'ts')) {
      const name = /^\/\/ (\S+\.ts)\n/.exec(block)?.[1];
      await writeFile(join(directory, name!), block);
    }
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2023', 'ESNext.Disposable'],
      module: 'NodeNext',
      strict: true,
      exactOptionalPropertyTypes: true,
      experimentalDecorators: true,
      skipLibCheck: true,
      types: ['node'],
      noEmit: true,
      paths: { '@pywatt/sdk': ['../../src/index.ts'], '@pywatt/sdk/*': ['../../src/*/index.ts'] },
    };
    await writeFile(join(directory, 'tsconfig.types.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const { paths: _paths, ...withoutPaths } = compilerOptions;
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: withoutPaths }));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('shows code that compiles under strict settings', async () => {
    const compiled = run(join(repository, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.types.json'], {
      cwd: directory,
    });
    await expect(
      compiled.catch((error: { stdout: string }) => Promise.reject(new Error(error.stdout))),
    ).resolves.toBeDefined();
  });

  it('shows a test that passes', async () => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
    const { stdout } = await run(process.execPath, ['--import', 'tsx', '--test', 'greetings.test.ts'], {
      cwd: directory,
      env,
    });
    expect(stdout).toMatch(/^# pass 1$/m);
  });

  it('names commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, script] of read('README.md').matchAll(/npm (?:run )?(start|test|demo)\b/g))
      expect(scripts).toHaveProperty(script!);
  });
});

describe('docs/configuration.md', () => {
  it('shows a configuration that is accepted as it stands', () => {
    const [yaml] = blocks(read('docs/configuration.md'), 'yaml');
    const config = parseConfig(parse(yaml!), repository, {});
    expect([...config.modules.keys()]).toEqual(['orders']);
  });

  it('names every variable that a module by itself reads', () => {
    const text = read('docs/configuration.md');
    const sources = ['boot-module', 'direct-secrets', 'direct-world', 'run-module']
      .map((file) => read(`src/module/${file}.ts`))
      .join('\n');
    const variables = [...sources.matchAll(/\['([A-Z_]+)'\]/g)].map((match) => match[1]!);
    expect(variables.length).toBeGreaterThan(5);
    for (const variable of new Set(variables)) expect(text).toContain(variable);
  });
});
