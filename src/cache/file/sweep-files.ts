import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A younger one may be of a write that is not in the index yet. */
const sweptAfterMs = 10 * 60_000;

/**
 * Removes files of values that nothing refers to: what processes left that were killed between writing a value and
 * saying so. `referred` is asked after the directory was read. What cannot be read or removed stays.
 */
export async function sweepFiles(directory: string, referred: () => ReadonlySet<string>): Promise<void> {
  const found: (readonly [file: string, path: string])[] = [];
  for (const part of await namesIn(directory)) {
    if (!/^[0-9a-f]{2}$/.test(part)) continue;
    for (const file of await namesIn(join(directory, part))) found.push([file, join(directory, part, file)]);
  }
  const kept = referred();
  for (const [file, path] of found) {
    if (kept.has(file)) continue;
    const { mtimeMs } = (await stat(path).catch(() => undefined)) ?? { mtimeMs: Infinity };
    if (Date.now() - mtimeMs > sweptAfterMs) await unlink(path).catch(() => undefined);
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}
