/** The programs of threads and processes that are built beside the bundle. */
type WorkerProgram = 'sqlite-worker' | 'pglite-worker';

/** Where a built program lies: beside the bundle, or, when this runs from its sources, in the `dist` of the checkout. */
export function workerUrl(program: WorkerProgram, from: string = import.meta.url): URL {
  if (from.endsWith('.ts')) return new URL(`../../dist/${program}.js`, from);
  return new URL(`${/\/chunks\/[^/]+$/.test(from) ? '..' : '.'}/${program}.js`, from);
}
