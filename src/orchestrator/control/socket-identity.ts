import { stat } from 'node:fs/promises';

/** Tells a file from every other at that path; undefined when there is none. */
export async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, birthtimeMs } = await stat(path);
    // Numbers of files are used again, so the time it was made belongs to it.
    return `${dev}:${ino}:${birthtimeMs}`;
  } catch {
    return undefined;
  }
}
