import { describe, expect, it } from '@jest/globals';
import { forbiddenImports, importCycles, parseImportTable } from './import-table.js';
import { readText, root } from './repository.js';
import { parseSource, readSources, type SourceFile } from './source-file.js';
import {
  forbiddenThirdParties,
  heavyAtStart,
  heavyPackages,
  thirdParties,
  undeclaredPackages,
} from './third-parties.js';

const sources = readSources(root, 'src');
const table = parseImportTable(readText('docs/architecture.md'));
const manifest = JSON.parse(readText('package.json')) as { dependencies: object; peerDependencies: object };
const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];

/** A made-up tree, to show that a rule fires. */
const tree = (files: Record<string, string>): SourceFile[] =>
  Object.entries(files).map(([path, text]) => parseSource(path, text));

describe('imports of src', () => {
  it('follow the table in docs/architecture.md and go through the other folder’s index', () => {
    expect(forbiddenImports(sources, table)).toEqual([]);
  });

  it('form no cycle', () => {
    expect(importCycles(sources)).toEqual([]);
  });

  it('load third parties only where and when the table of third parties says', () => {
    expect(forbiddenThirdParties(sources)).toEqual([]);
  });

  it('load nothing heavy when a module begins', () => {
    expect(heavyAtStart(sources, 'src/index.ts')).toEqual([]);
    expect(heavyAtStart(sources, 'src/http/index.ts')).toEqual([]);
  });

  it('name only packages that are installed with this one', () => {
    expect(undeclaredPackages(sources, declared)).toEqual([]);
  });
});

describe('the import table', () => {
  const rows = new Map([
    ['foundation', new Set<string>()],
    ['cache', new Set(['foundation'])],
    ['orchestrator', new Set(['cache'])],
  ]);

  it('has a row for every folder of src', () => {
    expect([...table.keys()]).toEqual(expect.arrayContaining(['foundation', 'cli', 'index.ts']));
    expect(table.get('foundation')).toEqual(new Set());
    expect(table.get('cli')).toEqual(new Set(['module', 'orchestrator', 'testing', 'logging', 'foundation']));
  });

  it('is missed when the document loses it', () => {
    expect(() => parseImportTable('# Architecture\n')).toThrow('no table');
  });

  it.each([
    ['a folder that is not in the row', { 'src/foundation/a.ts': `import { b } from '../cache/index.js';` }],
    ['a type of a forbidden folder', { 'src/foundation/a.ts': `import type { B } from '../cache/index.js';` }],
    ['a forbidden folder, lazily', { 'src/foundation/a.ts': `const b = await import('../cache/index.js');` }],
    ['a forbidden folder, in a type expression', { 'src/foundation/a.ts': `let b: import('../cache/index.js').B;` }],
    ['a re-export of a forbidden folder', { 'src/foundation/a.ts': `export { b } from '../cache/index.js';` }],
    ['a file behind another folder’s index', { 'src/cache/a.ts': `import { b } from '../foundation/b.js';` }],
    ['a path without .js', { 'src/cache/a.ts': `import { b } from './b';` }],
    ['a file outside src', { 'src/cache/a.ts': `import { b } from '../../test/b.js';` }],
    [
      'the module’s end, in the orchestrator',
      { 'src/orchestrator/a.ts': `import { ProxiedCache } from '../cache/index.js';` },
    ],
    ['anything, from a folder without a row', { 'src/surprise/a.ts': `export {};` }],
  ])('forbids %s', (_what, files) => {
    expect(forbiddenImports(tree(files), rows)).toHaveLength(1);
  });

  it('allows what is in the row, the own folder, and words in comments and strings', () => {
    const text = `
      import { a } from '../foundation/index.js';
      import { b } from './deeper/b.js';
      // import { c } from '../orchestrator/index.js';
      const quoted = "import { d } from '../orchestrator/index.js'";
      const pattern = /['"\`]/;
      export { a, b, quoted, pattern };`;
    expect(forbiddenImports(tree({ 'src/cache/a.ts': text }), rows)).toEqual([]);
  });
});

describe('the search for cycles', () => {
  it('finds one through types, and prints the whole path', () => {
    const files = tree({
      'src/cache/a.ts': `import { b } from './b.js';`,
      'src/cache/b.ts': `export { c } from './deeper/c.js';`,
      'src/cache/deeper/c.ts': `import type { A } from '../a.js';`,
    });
    expect(importCycles(files)).toEqual(['src/cache/a.ts → src/cache/b.ts → src/cache/deeper/c.ts → src/cache/a.ts']);
  });

  it('is not misled by two ways to the same file', () => {
    const files = tree({
      'src/cache/a.ts': `import './b.js'; import './c.js';`,
      'src/cache/b.ts': `import './c.js';`,
      'src/cache/c.ts': `export {};`,
    });
    expect(importCycles(files)).toEqual([]);
  });
});

describe('the table of third parties', () => {
  const parties = { 'src/': {}, 'src/cache/': { now: ['light'], later: ['heavy', '@scope/heavy'] } };

  it.each([
    ['a heavy package when the file loads', `import { Redis } from 'heavy';`],
    ['a heavy package for its types alone, in the form that keeps the import', `import { type Redis } from 'heavy';`],
    ['a path inside a scoped package when the file loads', `import { x } from '@scope/heavy/deep.js';`],
    ['a package nobody granted, even lazily', `const x = await import('other');`],
    ['a Node module without node:', `import { join } from 'path';`],
  ])('forbids %s', (_what, text) => {
    expect(forbiddenThirdParties(tree({ 'src/cache/a.ts': text }), parties)).toHaveLength(1);
  });

  it('allows light packages, lazy heavy ones, types and Node', () => {
    const text = `import 'light'; import type { R } from 'heavy'; import 'node:fs'; const h = await import('@scope/heavy');`;
    expect(forbiddenThirdParties(tree({ 'src/cache/a.ts': text }), parties)).toEqual([]);
  });

  it('names only files and packages that exist', () => {
    const paths = sources.map(({ path }) => path);
    const stale = Object.keys(thirdParties).filter((prefix) => !paths.some((path) => path.startsWith(prefix)));
    const unknown = Object.values(thirdParties).flatMap(({ now = [], later = [] }) =>
      [...now, ...later].filter((name) => !declared.includes(name)),
    );
    expect([...stale, ...unknown]).toEqual([]);
  });

  it('finds what is heavy behind static imports, and not behind import() or types', () => {
    const files = tree({
      'src/index.ts': `export { a } from './cache/a.js'; export { b } from './cache/b.js';`,
      'src/cache/a.ts': `import type { C } from './c.js'; import 'light';`,
      'src/cache/b.ts': `export const c = () => import('./c.js');`,
      'src/cache/c.ts': `import { Redis } from 'ioredis';`,
      'src/http/index.ts': `export { d } from './d.js';`,
      'src/http/d.ts': `import { serve } from 'hono/deep';`,
    });
    expect(heavyPackages).toContain('ioredis');
    expect(heavyAtStart(files, 'src/index.ts')).toEqual([]);
    expect(heavyAtStart(files, 'src/http/index.ts')).toEqual(['src/http/index.ts → src/http/d.ts → hono/deep']);
    expect(heavyAtStart(files, 'src/cache/c.ts')).toEqual(['src/cache/c.ts → ioredis']);
  });

  it('notices a package that is not a dependency', () => {
    expect(undeclaredPackages(tree({ 'src/cache/a.ts': `import type { X } from 'lodash';` }), declared)).toHaveLength(
      1,
    );
  });
});
