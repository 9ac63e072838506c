import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Compiles the module to JavaScript inside this package, where `@pywatt/sdk` means its `dist`, and says where it is. */
export async function compileProgram(): Promise<string> {
  const outfile = fileURLToPath(new URL('../.out/database-module.js', import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL('programs/database-module.ts', import.meta.url))],
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
