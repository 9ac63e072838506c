import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';

const attempts = 5;
/** What this process holds: its own number in a lock file may also be that of a process before it. */
const held = new Set<string>();

/**
 * Takes a directory for this process by a file beside it, `DIRECTORY.lock`, with the number of the process. Rejects with
 * CONNECTION, naming both, while another has it; the file of a process that has ended is taken over. Resolves with the
 * function that gives it back.
 */
export async function lockDirectory(directory: string, name: string): Promise<() => Promise<void>> {
  const file = `${directory}.lock`;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (held.has(file)) throw heldError(directory, name, process.pid);
    held.add(file);
    if (await create(file)) {
      return async () => {
        await rm(file, { force: true });
        held.delete(file);
      };
    }
    held.delete(file);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const pid = Number(text);
    if (text !== undefined && pid !== process.pid && isAlive(pid)) throw heldError(directory, name, pid);
    if (text !== undefined) await removeStale(file, text);
  }
  throw new DatabaseError(
    'CONNECTION',
    `database '${name}': others open the directory ${directory} at the same moment`,
  );
}

/** False when it is there. Made elsewhere first, so that nobody sees it without the number. */
async function create(file: string): Promise<boolean> {
  const own = `${file}.${process.pid}`;
  await writeFile(own, String(process.pid));
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new Error(`the lock file ${file} cannot be made: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(own, { force: true });
  }
}

/** Another process may have been faster, and the file be its own by now: that is put back. */
async function removeStale(file: string, expected: string): Promise<void> {
  const aside = `${file}.${process.pid}.old`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) !== expected) await link(aside, file);
  } catch {
    // It is gone, or somebody has it: the next attempt finds out.
  } finally {
    await rm(aside, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function heldError(directory: string, name: string, pid: number): DatabaseError {
  const who = pid === process.pid ? 'this process' : `process ${pid}`;
  const message = `database '${name}': the directory ${directory} is open in ${who}, and PGlite takes one at a time; close it there, give each its own directory, or use a PostgreSQL server`;
  return new DatabaseError('CONNECTION', message, { details: { directory, pid } });
}
