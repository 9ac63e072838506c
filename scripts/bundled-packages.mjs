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
    // An import of one of Node's modules runs every getter it exports, crypto's loader of WebCrypto among them.
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'node', sideEffects: false }));
    build.onLoad({ filter: /^node:/, namespace: 'node' }, ({ path }) => ({ contents: namesOf(path) }));
    // One copy: the full one only adds Map and WeakMap for engines that have none.
    build.onResolve({ filter: /^reflect-metadata$/ }, ({ resolveDir, kind }) =>
      build.resolve('reflect-metadata/lite', { resolveDir, kind }),
    );
  },
};

/** A module that takes from Node's only what is asked of it. */
function namesOf(path) {
  const named = Object.keys(process.getBuiltinModule(path)).filter(
    (name) => /^[\w$]+$/.test(name) && name !== 'default',
  );
  const taken = (property) => `/* @__PURE__ */ (() => process.getBuiltinModule('${path}')${property})()`;
  return [`export default ${taken('')};`, ...named.map((name) => `export const ${name} = ${taken(`.${name}`)};`)].join(
    '\n',
  );
}

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
