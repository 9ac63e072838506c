// Builds what `npm pack` ships: bundled entry points that share their chunks. Declarations come from tsc.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url);
const inRoot = (path) => fileURLToPath(new URL(path, root));

const gitHash = () => {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: inRoot('.'), stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  } catch {
    return 'unknown';
  }
};

export async function buildPackage() {
  const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  rmSync(inRoot('dist/chunks'), { recursive: true, force: true });
  await build({
    absWorkingDir: inRoot('.'),
    entryPoints: {
      index: 'src/index.ts',
      http: 'src/http/index.ts',
      testing: 'src/testing/index.ts',
      orchestrator: 'src/orchestrator/index.ts',
      cli: 'src/cli/main.ts',
      'sqlite-worker': 'src/database/sqlite/sqlite-worker.ts',
    },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    keepNames: true,
    sourcemap: true,
    logLevel: 'warning',
    define: {
      __PYWATT_BUILD__: JSON.stringify({ version, gitHash: gitHash(), buildTime: new Date().toISOString() }),
    },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPackage();
