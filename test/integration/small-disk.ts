import { describe } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const tmpfs = ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs'];

/** `describe` where this user may mount a file system in memory; elsewhere, as in most containers, the suite is skipped and says so. */
export function describeWithMounts(): typeof describe | typeof describe.skip {
  const directory = mkdtempSync(join(tmpdir(), 'pywatt-mount-'));
  const { status } = spawnSync('mount', [...tmpfs, directory]);
  if (status === 0) spawnSync('umount', ['-l', directory]);
  rmdirSync(directory);
  if (status === 0) return describe;
  process.stderr.write(
    'SKIPPED: this user may not mount a small disk, so a full one and a read-only one are not tested\n',
  );
  return describe.skip;
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
