/** Where the built worker program lies: beside the bundle, or, when this runs from its sources, in the `dist` of the checkout. */
export function sqliteWorkerUrl(from: string = import.meta.url): URL {
  if (from.endsWith('.ts')) return new URL('../../../dist/sqlite-worker.js', from);
  return new URL(/\/chunks\/[^/]+$/.test(from) ? '../sqlite-worker.js' : './sqlite-worker.js', from);
}
