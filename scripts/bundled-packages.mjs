// Which packages the bundles hold. Inversify is some 150 small files, which cost more to find and open than to run; its
// metadata keys and marks are strings and `Symbol.for`, so a copy that user code imports itself understands ours.
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const isBundled = (name) => name === 'inversify' || name === 'reflect-metadata' || name.startsWith('@inversifyjs/');

/** What stays an import: each has a state of its own that user code shares, or is loaded only where it is used. */
export function externalsOf({ dependencies, peerDependencies }) {
  return Object.keys({ ...dependencies, ...peerDependencies })
    .filter((name) => !isBundled(name))
    .flatMap((name) => [name, `${name}/*`]);
}

/** http-core's own logger, which brings winston, is only for adapters that were given none. */
const noLogger = `export class ConsoleLogger {
  constructor() {
    throw new Error('an adapter of http-core needs a logger here: its own is not part of this package');
  }
}`;

export const leanImports = {
  name: 'lean-imports',
  setup(build) {
    build.onResolve({ filter: /^@inversifyjs\/logger$/ }, () => ({ path: 'no-logger', namespace: 'lean' }));
    build.onLoad({ filter: /^no-logger$/, namespace: 'lean' }, () => ({ contents: noLogger }));
    // One copy: the full one only adds Map and WeakMap for engines that have none.
    build.onResolve({ filter: /^reflect-metadata$/ }, ({ resolveDir, kind }) =>
      build.resolve('reflect-metadata/lite', { resolveDir, kind }),
    );
  },
};

/** The licenses of what the bundles hold, as their licenses ask. */
export function licensesOf({ inputs }) {
  const folders = Object.keys(inputs).map((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .toSorted()
    .map((folder) => {
      const inFolder = (name) => readFileSync(new URL(`${folder}/${name}`, root), 'utf8');
      const { name, version, license } = JSON.parse(inFolder('package.json'));
      const file = readdirSync(new URL(`${folder}/`, root)).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name} ${version} (${license})\n\n${file ? inFolder(file).trim() : ''}\n`;
    })
    .join('\n---\n\n');
}
