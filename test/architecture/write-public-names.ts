import { writeFileSync } from 'node:fs';
import { entryPoints, publicNames, publicNamesFile } from './entry-points.js';
import { readText, root } from './repository.js';

const names = Object.fromEntries(
  Object.entries(entryPoints).map(([entry, path]) => [entry, publicNames(readText(path))]),
);
writeFileSync(root + publicNamesFile, `${JSON.stringify(names, null, 2)}\n`);
