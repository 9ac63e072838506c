import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PackedPackage, packAndInstall, root } from './packed-package.js';

const recorded = JSON.parse(readFileSync(`${root}test/architecture/public-names.json`, 'utf8')) as Record<
  string,
  string[]
>;
const entries = Object.keys(recorded).map((entry) => entry.replace(/^\./, '@pywatt/sdk'));
let packed: PackedPackage | undefined;

beforeAll(() => {
  packed = packAndInstall();
}, 120_000);
afterAll(() => packed?.[Symbol.dispose]());

function run(args: readonly string[], env: Record<string, string> = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: installed().project,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...env },
    timeout: 60_000,
  });
  return { stdout, stderr, status };
}

/** The package once it is packed. */
function installed(): PackedPackage {
  if (!packed) throw new Error('the package could not be packed');
  return packed;
}

const namesIn = (entry: string) =>
  recorded[entry.replace('@pywatt/sdk', '.')]!.filter((name) => !name.startsWith('type '));

describe('the packed package', () => {
  it('holds the bundles, their declarations and the papers, and nothing else', () => {
    const unexpected = installed().files.filter(
      (path) =>
        !/^(dist\/.+\.(js|js\.map|d\.ts)|dist\/THIRD-PARTY-LICENSES\.txt|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(
          path,
        ),
    );
    expect(unexpected).toEqual([]);
    expect(installed().files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'dist/THIRD-PARTY-LICENSES.txt',
        'dist/cli.js',
        'dist/index.js',
        'dist/types/index.d.ts',
        'dist/sqlite-worker.js',
        'dist/pglite-worker.js',
      ]),
    );
    expect(installed().files.filter((path) => /\btest\/|\.test\./.test(path))).toEqual([]);
  });

  it.each(entries)('gives every public value of %s to import', (entry) => {
    const { stdout, stderr, status } = run([
      '--input-type=module',
      '-e',
      `console.log(JSON.stringify(Object.keys(await import('${entry}'))))`,
    ]);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(JSON.parse(stdout)).toEqual(expect.arrayContaining(namesIn(entry)));
  });

  it.each(entries)('gives every public value of %s to require', (entry) => {
    const { stdout, stderr, status } = run([
      '--no-warnings',
      '--input-type=commonjs',
      '-e',
      `console.log(JSON.stringify(Object.keys(require('${entry}'))))`,
    ]);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(JSON.parse(stdout)).toEqual(expect.arrayContaining(namesIn(entry)));
  });

  it.each(entries)('keeps the names of the classes of %s, which error messages and logs show', (entry) => {
    const script = `
      const classes = Object.entries(await import('${entry}')).filter(([, value]) => /^class\\b/.test(String(value)));
      console.log(JSON.stringify(classes.map(([name, value]) => [name, value.name])));`;
    const { stdout, stderr, status } = run(['--input-type=module', '-e', script]);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    for (const [exported, own] of JSON.parse(stdout) as [string, string][]) expect(own).toBe(exported);
  });

  it('shares one copy of its classes between its entry points', () => {
    const script = `
      import { PyWattError } from '@pywatt/sdk';
      import { startOrchestrator } from '@pywatt/sdk/orchestrator';
      const error = await startOrchestrator({ modules: 5 }).catch((error) => error);
      console.log(error instanceof PyWattError);`;
    expect(run(['--input-type=module', '-e', script])).toEqual({ stdout: 'true\n', stderr: '', status: 0 });
  });

  it('loads no database driver, cache client, HTTP server or validator with its main entry point', () => {
    const hooks = `import { writeSync } from 'node:fs';
      export const load = (url, context, next) => { writeSync(1, url + '\\n'); return next(url, context); };`;
    const script = `
      import { register } from 'node:module';
      register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hooks))});
      await import('@pywatt/sdk');`;
    writeFileSync(join(installed().project, 'loads.js'), script);
    const { stdout, stderr, status } = run(['loads.js']);
    const loaded = stdout.split('\n');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(loaded).toContainEqual(expect.stringContaining('/dist/index.js'));
    const heavy =
      /\/node_modules\/(typeorm|better-sqlite3|ioredis|memjs|hono|@hono|class-validator|class-transformer|inversify|@inversifyjs|reflect-metadata)\//;
    expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
  });

  it('needs no flag to be installed: no two packages disagree about a peer', () => {
    const { stdout, stderr, status } = spawnSync('npm', ['ls', '--all'], { cwd: root, encoding: 'utf8' });
    expect(`${stdout}${stderr}`).not.toMatch(/invalid|ELSPROBLEMS|UNMET DEPENDENCY/);
    expect(status).toBe(0);
  });

  it('answers pywatt --version with version, git hash, build time and Node', () => {
    const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
    const { stdout, status } = run([join(installed().installed, 'dist/cli.js'), '--version']);
    expect(status).toBe(0);
    expect(stdout).toContain(version);
    expect(stdout).toMatch(/\d{4}-\d\d-\d\dT/);
    expect(stdout).toContain(process.versions.node);
    expect(readFileSync(join(installed().installed, 'dist/cli.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it.each([
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'bundler'],
  ])('has types for a project with module %s and moduleResolution %s', (module, moduleResolution) => {
    expect(compile({ module, moduleResolution, noEmit: true })).toEqual([]);
  });

  it('runs a compiled module by itself on SQLite', () => {
    expect(compile({ module: 'NodeNext', moduleResolution: 'NodeNext', outDir: 'out' })).toEqual([]);
    const { stdout, stderr, status } = run(['out/consumer.js'], {
      DATABASE_URL: 'sqlite::memory:',
      PYWATT_SECRET_GREETING: 'hello',
      LOG_LEVEL: 'error',
    });
    expect({ stdout: stdout.trim(), status, stderr }).toEqual({
      stdout: '{"sum":3,"cached":3,"secret":5,"status":201}',
      status: 0,
      stderr: '',
    });
  });
});

/** The complaints of tsc about the consumer and about our own declarations. */
function compile(options: object): string[] {
  cpSync(`${root}test/fixtures/consumer/consumer.ts`, join(installed().project, 'consumer.ts'));
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023', 'ESNext.Disposable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: false,
    ...options,
  };
  writeFileSync(
    join(installed().project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
  );
  const { stdout } = run([`${root}node_modules/typescript/bin/tsc`, '-p', '.', '--pretty', 'false']);
  // Third parties answer for their own declarations.
  return stdout.split('\n').filter((line) => /^(consumer\.ts|node_modules\/@pywatt\/)|^error/.test(line));
}
