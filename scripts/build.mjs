// Builds what `npm pack` ships: bundled entry points that share their chunks. Declarations come from tsc.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { directImports } from './direct-imports.mjs';
import { externalsOf, leanImports, licensesOf } from './bundled-packages.mjs';

const root = new URL('..', import.meta.url);
const inRoot = (path) => fileURLToPath(new URL(path, root));

const gitHash = () => {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: inRoot('.'),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .toString()
      .trim();
  } catch {
    return 'unknown';
  }
};

export async function buildPackage() {
  const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const { version } = manifest;
  const { metafile } = await build({
    absWorkingDir: inRoot('.'),
    entryPoints: {
      index: 'src/index.ts',
      http: 'src/http/index.ts',
      testing: 'src/testing/index.ts',
      orchestrator: 'src/orchestrator/index.ts',
      keyv: 'src/keyv/index.ts',
      cli: 'src/cli/main.ts',
      'sqlite-worker': 'src/database/sqlite/sqlite-worker.ts',
      'pglite-worker': 'src/database/pglite/pglite-worker.ts',
    },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: externalsOf(manifest),
    plugins: [leanImports, directImports],
    sourcemap: true,
    logLevel: 'warning',
    metafile: true,
    define: {
      __PYWATT_BUILD__: JSON.stringify({ version, gitHash: gitHash(), buildTime: new Date().toISOString() }),
    },
  });
  writeFileSync(inRoot('dist/THIRD-PARTY-LICENSES.txt'), licensesOf(metafile));
  removeChunksExcept(new Set(Object.keys(metafile.outputs).map((path) => basename(path))));
}

// Afterwards, so that dist is whole at every moment: programs of another run may be loading it.
function removeChunksExcept(current) {
  for (const name of readdirSync(inRoot('dist/chunks'))) {
    if (!current.has(name)) rmSync(inRoot(`dist/chunks/${name}`), { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(inRoot('dist/types'), { recursive: true, force: true });
  await buildPackage();
}
