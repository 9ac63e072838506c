import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const inBench = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Runs a program of a benchmark, `wire/run-wire`, by plain Node and compiled first, as the built package is. `others` are
 * compiled beside it. What it prints is printed; a failure of it is one of this process.
 */
export async function runCompiled(
  program: string,
  { quick, others = [] }: { readonly quick: boolean; readonly others?: readonly string[] },
): Promise<void> {
  await build({
    entryPoints: [program, ...others].map((path) => inBench(`${path}.ts`)),
    outdir: inBench('.out'),
    outbase: inBench('.'),
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    logLevel: 'warning',
    define: { __PYWATT_BUILD__: '{}' },
  });
  const run = spawn(process.execPath, [inBench(`.out/${program}.js`), ...(quick ? ['--quick'] : [])], {
    stdio: 'inherit',
  });
  const [code] = (await once(run, 'exit')) as [number | null];
  if (code !== 0) process.exitCode = 1;
}
