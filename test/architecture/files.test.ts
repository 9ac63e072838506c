import { describe, expect, it } from '@jest/globals';
import { longFiles, looseTypes, outputAllowed, starExports, strayOutput, vagueNames } from './file-rules.js';
import { root } from './repository.js';
import { parseSource, readSources } from './source-file.js';

const sources = readSources(root, 'src');
const tests = readSources(root, 'test');
const file = (text: string, path = 'src/cache/a.ts') => [parseSource(path, text)];

describe('the files of src', () => {
  it('are at most 300 lines long, tests too', () => {
    expect(longFiles([...sources, ...tests])).toEqual([]);
  });

  it('list their exports name by name', () => {
    expect(starExports(sources)).toEqual([]);
  });

  it('use no any and no @ts- comment', () => {
    expect(looseTypes(sources)).toEqual([]);
  });

  it('leave console and process.stdout to their owners', () => {
    expect(strayOutput(sources)).toEqual([]);
    const paths = sources.map(({ path }) => path);
    expect(Object.keys(outputAllowed).filter((owner) => !paths.some((path) => path.startsWith(owner)))).toEqual([]);
  });

  it('are named in kebab-case after what is inside, tests too', () => {
    expect(vagueNames([...sources, ...tests])).toEqual([]);
  });
});

describe('the rules for files', () => {
  it('count lines', () => {
    expect(longFiles(file('//\n'.repeat(300)))).toEqual([]);
    expect(longFiles(file('//\n'.repeat(301)))).toEqual(['src/cache/a.ts: 301 lines, at most 300 are allowed']);
  });

  it('see export *, but not a list', () => {
    expect(starExports(file(`export * from './b.js';`))).toHaveLength(1);
    expect(starExports(file(`export { b } from './b.js';`))).toEqual([]);
  });

  it.each([
    'let a: any;',
    'const a = (b as any).c;',
    'type A = Promise<readonly any[]>;',
    '// @ts-ignore\nlet a: string = 1;',
    '// @ts-nocheck',
    '/* @ts-expect-error */ let a: string = 1;',
  ])('see the loose types in %j', (text) => {
    expect(looseTypes(file(text))).toHaveLength(1);
  });

  it('take the word any for a word', () => {
    expect(looseTypes(file('// any of them\nconst any = "any"; export { any };'))).toEqual([]);
  });

  it.each([
    'console.log(1);',
    'const { log } = globalThis.console;',
    'process.stdout.write("x");',
    'const { stdout } = process;',
    'import { stdout } from "node:process";',
    'const log = console;',
  ])('see the output in %j', (text) => {
    expect(strayOutput(file(text))).toHaveLength(1);
    expect(strayOutput(file(text, 'src/cli/a.ts'))).toEqual([]);
  });

  it('leave stderr and the word console alone', () => {
    expect(strayOutput(file('process.stderr.write("x"); // console.log\nexport const a = { console: 1 };'))).toEqual(
      [],
    );
  });

  it.each(['src/cache/cacheBroker.ts', 'src/cache/utils.ts', 'src/cache-manager/a.ts', 'src/cache/cache_broker.ts'])(
    'reject the name %s',
    (path) => {
      expect(vagueNames(file('', path))).toHaveLength(1);
    },
  );
});
