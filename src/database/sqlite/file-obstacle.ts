import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

const { R_OK, W_OK, X_OK } = constants;

/** What keeps this process from using a file as a database, where the engine has one word for all of it; undefined when nothing is seen. */
export function obstacleAt(path: string): string | undefined {
  const directory = dirname(path);
  const found = kindOf(path);
  if (found === 'directory') return 'it is a directory; name a file';
  if (found === 'file' && !may(path, R_OK)) return 'this process may not read it; give its user the right to';
  if (!may(directory, W_OK | X_OK))
    return `this process may not write in ${directory}, where SQLite keeps a log beside the file; give its user the right to`;
  if (found === 'file' && !may(path, W_OK)) return 'this process may not write it; give its user the right to';
  return undefined;
}

function kindOf(path: string): 'file' | 'directory' | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    return stats.isDirectory() ? 'directory' : 'file';
  } catch {
    return undefined;
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
