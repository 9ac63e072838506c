import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Compiles a module to JavaScript inside this package, where `@pywatt/sdk` means its `dist`, and says where it is. */
export async function compileProgram(source: URL): Promise<string> {
  const entry = fileURLToPath(source);
  const outfile = fileURLToPath(new URL(`.out/${basename(entry, '.ts')}.js`, import.meta.url));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: 'external',
    external: ['@pywatt/*'],
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  });
  return outfile;
}
