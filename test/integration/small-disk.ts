import { describe } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const tmpfs = ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs'];

/**
 * `describe` where a file system in memory can be mounted; elsewhere the suite is skipped and says why. Under CI that is
 * no reason to skip, unless nobody could mount one there: it forbids it to this user, as most containers do, or has no
 * program for it.
 */
export function describeWithMounts(): typeof describe | typeof describe.skip {
  const failure = mountFailure();
  if (failure === undefined) return describe;
  const message = `no small disk can be mounted (${failure.why}), so a full one and a read-only one are not tested`;
  if (process.env['CI'] === 'true' && !failure.isForbidden) throw new Error(message);
  process.stderr.write(`SKIPPED: ${message}\n`);
  return describe.skip;
}

/** Why none can be mounted here; undefined where it can. */
function mountFailure(): { readonly why: string; readonly isForbidden: boolean } | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'pywatt-mount-'));
  const env = { ...process.env, LC_ALL: 'C' };
  const { status, stderr, error } = spawnSync('mount', [...tmpfs, directory], { env, encoding: 'utf8' });
  if (status === 0) spawnSync('umount', ['-l', directory]);
  rmdirSync(directory);
  if (status === 0) return undefined;
  if (error) return { why: error.message, isForbidden: (error as NodeJS.ErrnoException).code === 'ENOENT' };
  const why = stderr.split('\n')[0] || `mount ended with ${status}`;
  return { why, isForbidden: /superuser|permission denied|not permitted/i.test(why) };
}

/** A disk of half a megabyte at that path, which is made; returns what takes it away. */
export async function mountSmallDisk(directory: string): Promise<() => Promise<unknown>> {
  await mkdir(directory);
  await run('mount', [...tmpfs, directory]);
  return () => run('umount', ['-l', directory]);
}

export async function makeReadOnly(directory: string): Promise<void> {
  await run('mount', ['-o', 'remount,ro', directory]);
}
