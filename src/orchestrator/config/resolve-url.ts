import { isAbsolute, resolve } from 'node:path';

/** The parameters of caches and databases that name files, for TLS. */
const fileParameter = /(?<=^|&)(ca|cert|key|ssl(?:rootcert|cert|key)|ssl-(?:ca|cert|key))=([^&]+)/g;

/**
 * Makes the path of a `sqlite:`, `pglite:` or `file:` URL absolute, and those of files for TLS in the query of any; the
 * rest stays as it is.
 */
export function resolveUrl(url: string, baseDirectory: string): string {
  const [address = '', query] = url.split(/\?(.*)/s);
  const resolved = resolveAddress(address, baseDirectory);
  if (query === undefined) return resolved;
  const files = query.replaceAll(fileParameter, (written: string, name: string, text: string) => {
    const path = new URLSearchParams(`path=${text}`).get('path')!;
    return isAbsolute(path) ? written : `${name}=${encodeURIComponent(resolve(baseDirectory, path))}`;
  });
  return `${resolved}?${files}`;
}

function resolveAddress(address: string, baseDirectory: string): string {
  // `sqlite://./app.db` and `sqlite:./app.db` are the same file; three slashes or one begin an absolute path.
  const match = /^(sqlite|pglite|file):(?:\/\/)?(?!\/|:memory:|(?<=^pglite:(?:\/\/)?)memory$)(.*)$/.exec(address);
  const [, scheme, path] = match ?? [];
  return scheme && path ? `${scheme}:${resolve(baseDirectory, path)}` : address;
}
