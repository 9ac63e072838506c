// esbuild splits chunks by which files an entry reaches, and an index.ts reaches its whole folder. So imports of an index
// are bundled as imports of the files behind it: an entry then loads what it uses of a folder, and nothing else of it.
// And whatever is loaded next to the main entry, or after it, reaches all of it: so that is one chunk, not twenty.
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const main = resolve(root, 'src/index.ts');
const statement = /^(import|export) (?!type\b)\{([^}]*)\} from '(\.{1,2}\/[^']+)';/gm;

export const directImports = {
  name: 'direct-imports',
  setup(build) {
    const indexes = new Map();
    const later = laterThanMain(Object.values(build.initialOptions.entryPoints));
    build.onLoad({ filter: /\/(src\/.*\.ts|http-hono\/lib\/index\.js)$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const direct = source.replace(statement, (whole, verb, list, from) => {
        if (!from.endsWith('/index.js')) return whole;
        const index = resolve(dirname(path), from.replace(/js$/, 'ts'));
        if (!indexes.has(index)) indexes.set(index, filesBehind(index));
        const lines = namesIn(list).map(({ name, text }) => {
          const file = indexes.get(index).get(name);
          if (file === undefined) throw new Error(`${path}: ${name} is not re-exported by ${index}`);
          return `${verb} { ${text} } from './${relative(dirname(path), file)}';`;
        });
        // As many lines as before, for the source maps.
        return lines.join(' ') + '\n'.repeat(whole.split('\n').length - 1);
      });
      return { contents: later.has(path) ? `${direct}\nimport '${main}';` : direct, loader: 'ts' };
    });
  },
};

/** Entry points and what is behind an `import()`, but for programs that do without the main entry. */
function laterThanMain(entryPoints) {
  const behindImport = readdirSync(resolve(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap(({ parentPath, name }) =>
      [...readFileSync(resolve(parentPath, name), 'utf8').matchAll(/\bimport\('([^']+)'\)/g)].map(([, from]) =>
        from.startsWith('.')
          ? resolve(parentPath, from.replace(/js$/, 'ts'))
          : resolve(root, 'node_modules', from, 'lib/index.js'),
      ),
    );
  const entries = entryPoints.filter((path) => !path.endsWith('worker.ts')).map((path) => resolve(root, path));
  return new Set([...entries, ...behindImport].filter((path) => path !== main));
}

/** Which file each name of an index.ts comes from. */
function filesBehind(index) {
  const files = new Map();
  for (const [, , list, from] of readFileSync(index, 'utf8').matchAll(statement)) {
    const file = from.startsWith('.') ? resolve(dirname(index), from) : from;
    for (const { text } of namesIn(list)) files.set(text.split(' as ').at(-1), file);
  }
  return files;
}

function namesIn(list) {
  return list
    .replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith('type '))
    .map((text) => ({ text, name: text.split(' as ')[0] }));
}
