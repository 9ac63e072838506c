import { fileURLToPath } from 'node:url';

/** Where a file of test/fixtures/tls is. */
export function tlsFile(name: string): string {
  return fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
}
