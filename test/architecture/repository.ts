import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of this repository, with a trailing slash. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The text of a file named from the root. */
export const readText = (path: string): string => readFileSync(root + path, 'utf8');
