import { describe, expect, it } from '@jest/globals';
import { type EntryPoint, entryPoints, publicNames, type PublicNames, publicNamesFile } from './entry-points.js';
import { readText } from './repository.js';
import { parseSource } from './source-file.js';

const recorded = JSON.parse(readText(publicNamesFile)) as PublicNames;
const entries = Object.entries(entryPoints) as [EntryPoint, string][];

describe('the public names', () => {
  it.each(entries)('of %s are those recorded; npm run public-names records a change', (entry, path) => {
    expect(publicNames(readText(path))).toEqual(recorded[entry]);
  });

  it.each(entries)('of %s are given by lists alone', (_entry, path) => {
    const text = readText(path);
    expect(parseSource(path, text).exportsEverything).toBe(false);
    expect(text).not.toMatch(/^export (?!(type )?\{)/m);
  });

  it('stand for the entry points of package.json', () => {
    const { exports } = JSON.parse(readText('package.json')) as { exports: Record<string, unknown> };
    expect(Object.keys(exports).filter((entry) => entry !== './package.json')).toEqual(Object.keys(entryPoints));
    expect(Object.keys(recorded)).toEqual(Object.keys(entryPoints));
  });
});

describe('the reading of an entry point', () => {
  it('finds values, types and new names, sorted', () => {
    const text = `
      import 'reflect-metadata';
      export { b, type C, d as a } from './x.js';
      export type { E, F as G } from './y.js';
      export {
        h, // with a word
        type I,
      } from './z.js';`;
    expect(publicNames(text)).toEqual(['a', 'b', 'h', 'type C', 'type E', 'type G', 'type I']);
  });

  it('leaves out what is internal, and only that', () => {
    const text = `
      /** For everyone. */
      export { a } from './a.js';
      /** @internal For our own folders. */
      export { b } from './b.js';
      export { c } from './c.js';`;
    expect(publicNames(text)).toEqual(['a', 'c']);
  });
});
