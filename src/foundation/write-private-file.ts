import { randomUUID } from 'node:crypto';
import { lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const draftName = /^\..+\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/;
/** Nobody writes one file for so long. */
const draftIsLeftMs = 10 * 60_000;

/**
 * Replaces a file by one of mode 0600 in one step that a crash does not halve: readers see the old content or the new.
 * Rejects as the file system does, with the old file as it was.
 */
export async function writePrivateFile(path: string, content: string | Uint8Array): Promise<void> {
  await sweepDrafts(dirname(path));
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** The new name is on the disk too; some systems cannot do this for a directory. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}

/** Removes what writers that crashed have left in a directory: it may hold secrets. What cannot be removed is passed over. */
export async function sweepDrafts(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter((each) => draftName.test(each))) {
    const path = join(directory, name);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isFile() && Date.now() - found.mtimeMs > draftIsLeftMs)
      await rm(path, { force: true }).catch(() => undefined);
  }
}
