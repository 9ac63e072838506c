import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { sleep } from '../../foundation/index.js';
import { SecretError } from '../secret-error.js';
import { codeOf } from './read-secret-file.js';

/** A writer holds it for less than a few seconds; one of another machine whose end nobody sees is given up after so long. */
const forgottenAfterMs = 60_000;

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly id: string;
}

/**
 * Runs `work` while no other process, and nobody else in this one, runs under the lock of that file. The lock of a process
 * that died is taken over. Rejects with `SecretError` PROVIDER_FAILED (retryable), naming who holds it, after `waitMs`.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, waitMs = 10_000): Promise<T> {
  const lock = `${path}.lock`;
  const id = randomUUID();
  const deadline = performance.now() + waitMs;
  while (!(await take(lock, id))) {
    const holder = await holderOf(lock);
    if (holder && (await isForgotten(lock, holder))) await release(lock, holder.id);
    else if (performance.now() > deadline) throw busy(path, lock, holder);
    else await sleep(5 + Math.random() * 20);
  }
  try {
    return await work();
  } finally {
    await release(lock, id).catch(() => undefined);
  }
}

async function take(lock: string, id: string): Promise<boolean> {
  try {
    const holder: Holder = { pid: process.pid, host: hostname(), id };
    await writeFile(lock, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new SecretError('PROVIDER_FAILED', `cannot lock ${lock} (${codeOf(error)}); check the directory`, {
      cause: error,
    });
  }
}

/** Undefined when it is gone, or not yet written. */
async function holderOf(lock: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(lock, 'utf8')) as Holder;
  } catch {
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    return age > forgottenAfterMs ? { pid: 0, host: '', id: '' } : undefined;
  }
}

async function isForgotten(lock: string, { pid, host }: Holder): Promise<boolean> {
  const found = await stat(lock).catch(() => undefined);
  if (!found) return false;
  if (Date.now() - found.mtimeMs > forgottenAfterMs) return true;
  return host === hostname() && !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Takes the lock of that holder away, and of nobody who came after it: one at a time may do so. */
async function release(lock: string, id: string, tries = 100): Promise<void> {
  const turn = `${lock}.release`;
  const isMine = await writeFile(turn, '', { flag: 'wx', mode: 0o600 }).then(
    () => true,
    () => false,
  );
  if (!isMine) {
    const left = await stat(turn).catch(() => undefined);
    // Held for two calls of the file system: one that is old was left by a process that died between them.
    if (left && Date.now() - left.mtimeMs > 10_000) await rm(turn, { force: true });
    await sleep(5);
    const holder = await holderOf(lock);
    return holder?.id === id && tries > 0 ? release(lock, id, tries - 1) : undefined;
  }
  try {
    const holder = await holderOf(lock);
    if (holder?.id === id) await rm(lock, { force: true });
  } finally {
    await rm(turn, { force: true });
  }
}

function busy(path: string, lock: string, holder: Holder | undefined): SecretError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  return new SecretError('PROVIDER_FAILED', `${path} is being written by ${who}; if there is none, delete ${lock}`, {
    retryable: true,
    details: { path },
  });
}
