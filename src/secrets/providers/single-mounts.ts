import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/**
 * The files directly in a directory that are mounts of their own, as a Kubernetes `subPath` or a Docker secret: the
 * inode behind them is fixed, so an update of what they were mounted from never reaches them. Linux only; elsewhere none.
 */
export async function singleMounts(directory: string, mountInfo = '/proc/self/mountinfo'): Promise<string[]> {
  try {
    const [place, table] = await Promise.all([realpath(directory), readFile(mountInfo, 'utf8')]);
    const points = table.split('\n').map((line) => unescaped(line.split(' ')[4] ?? ''));
    return points.filter((point) => point !== '/' && dirname(point) === place).map((point) => basename(point));
  } catch {
    return [];
  }
}

/** The table writes spaces, tabs, line ends and backslashes as `\040` and so on. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
}
