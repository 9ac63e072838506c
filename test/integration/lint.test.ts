import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pywatt-lint-'));
  const compilerOptions = { strict: true, module: 'NodeNext', target: 'ES2022', noEmit: true };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The rules of this repository's .oxlintrc.json that the files break. */
async function brokenRules(files: Record<string, string>): Promise<string[]> {
  const paths = Object.keys(files).map((name) => join(folder, name));
  await Promise.all(Object.values(files).map((text, index) => writeFile(paths[index]!, text)));
  const output = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      ['node_modules/oxlint/bin/oxlint', '--type-aware', '-c', '.oxlintrc.json', '--format', 'json', ...paths],
      { cwd: root },
      (_error, stdout) => resolve(stdout),
    );
  });
  const { diagnostics } = JSON.parse(output) as { diagnostics: { code: string }[] };
  return [...new Set(diagnostics.map(({ code }) => code))].toSorted();
}

describe('the linter', () => {
  it.each([
    ['typescript(no-floating-promises)', `export async function work() {}\nexport function start() { work(); }`],
    ['typescript(no-misused-promises)', `export async function work() {}\n[1].forEach(async () => { await work(); });`],
    ['typescript(unbound-method)', `class A { n = 1; get() { return this.n; } }\nexport const { get } = new A();`],
    [
      'typescript(switch-exhaustiveness-check)',
      `export function act(state: 'open' | 'closed'): void {\n  switch (state) {\n    case 'open':\n      act(state);\n  }\n}`,
    ],
    ['typescript(no-explicit-any)', `export const a: any = 1;`],
    ['typescript(no-import-type-side-effects)', `import { type Stats } from 'node:fs';\nexport type A = Stats;`],
    ['eslint(no-console)', `console.log(1);`],
  ])('reports %s', async (rule, text) => {
    expect(await brokenRules({ 'wrong.ts': text })).toEqual([rule]);
  });

  it('reports what is awaited and is no promise', async () => {
    expect(await brokenRules({ 'wrong.ts': `export async function work() { await 5; }` })).toContain(
      'typescript(await-thenable)',
    );
  });

  it('reports files that import each other', async () => {
    const files = {
      'first.ts': `import { second } from './second.js';\nexport const first = () => second();`,
      'second.ts': `import { first } from './first.js';\nexport const second = () => first();`,
    };
    expect(await brokenRules(files)).toEqual(['import(no-cycle)']);
  });

  it('has nothing against code that is right', async () => {
    const text = `export async function work(): Promise<number> {\n  return 1;\n}\nexport const done = await work();`;
    expect(await brokenRules({ 'right.ts': text })).toEqual([]);
  });
});
