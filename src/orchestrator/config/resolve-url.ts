import { resolve } from 'node:path';

/** Makes the path of a `sqlite:`, `pglite:` or `file:` URL absolute; every other URL stays as it is. */
export function resolveUrl(url: string, baseDirectory: string): string {
  // `sqlite://./app.db` and `sqlite:./app.db` are the same file; three slashes or one begin an absolute path.
  const match = /^(sqlite|pglite|file):(?:\/\/)?(?!\/|:memory:|(?<=^pglite:(?:\/\/)?)memory$)([^?]*)(\?.*)?$/.exec(url);
  const [, scheme, path, query = ''] = match ?? [];
  return scheme && path ? `${scheme}:${resolve(baseDirectory, path)}${query}` : url;
}
