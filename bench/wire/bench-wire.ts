import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const inBench = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * Calls to a child process over our session, beside other ways. Compiled first and run by plain Node, as the built
 * package is.
 */
export async function benchWire({ quick }: { quick: boolean }): Promise<void> {
  await build({
    entryPoints: [inBench('wire/run-wire.ts'), inBench('wire/far-end.ts')],
    outdir: inBench('.out/wire'),
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    logLevel: 'warning',
    define: { __PYWATT_BUILD__: '{}' },
  });
  const run = spawn(process.execPath, [inBench('.out/wire/run-wire.js'), ...(quick ? ['--quick'] : [])], {
    stdio: 'inherit',
  });
  const [code] = (await once(run, 'exit')) as [number | null];
  if (code !== 0) process.exitCode = 1;
}
