import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const programs = ['empty', 'fifty-providers', 'nest-empty', 'nest-fifty-providers'] as const;
export type Program = (typeof programs)[number];

/**
 * Compiles the programs to plain JavaScript, as users do, and says where each is. They stay inside this package, so that
 * `@pywatt/sdk` means its `dist`, as it would if it were installed.
 */
export async function compilePrograms(): Promise<Record<Program, string>> {
  const outputOf = (program: Program) => fileURLToPath(new URL(`../.out/${program}.js`, import.meta.url));
  await build({
    entryPoints: programs.map((program) => fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url))),
    outdir: fileURLToPath(new URL('../.out', import.meta.url)),
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  });
  return {
    empty: outputOf('empty'),
    'fifty-providers': outputOf('fifty-providers'),
    'nest-empty': outputOf('nest-empty'),
    'nest-fifty-providers': outputOf('nest-fifty-providers'),
  };
}
