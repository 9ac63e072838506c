import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { sleep } from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';
import { codeOf } from './file-error.js';

/** A holder works for milliseconds and never waits: one that is so old is stopped, or its number is another process's now. */
const abandonedAfterMs = 10_000;
const waitAtMostMs = 20_000;
const longestPauseMs = 20;

/**
 * The right to change a directory, for one process at a time: a symbolic link that only one can make, and
 * that names the process instead of a file: made in one step, and on a full disk, too. What runs under it is synchronous, so nothing else in this process comes between, and it is held for as long as a
 * few calls of the file system take. That of a process that died is taken over at once; one that was held for 10 s
 * too, and its holder, should it come back, finds out before it writes.
 */
export class DirectoryLock {
  readonly #takeover: string;
  readonly #self = `${process.pid}@${hostname()}@${randomBytes(6).toString('hex')}`;

  constructor(
    private readonly path: string,
    private readonly name: string,
  ) {
    this.#takeover = `${path}.takeover`;
  }

  /** What `work` returns. Rejects with TIMEOUT (retryable) after 20 s, else as the file system or `work` does. */
  async run<T>(work: (checkHeld: () => void) => T): Promise<T> {
    const giveUpAt = performance.now() + waitAtMostMs;
    for (let pauseMs = 1; !create(this.path, this.#self); pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      if (performance.now() > giveUpAt) throw this.#busy();
      if (this.#isAbandoned()) this.#takeOver();
      await sleep(pauseMs * (0.5 + Math.random() / 2));
    }
    try {
      return work(() => {
        if (this.#holder() !== this.#self) throw this.#busy();
      });
    } finally {
      if (this.#holder() === this.#self) remove(this.path);
    }
  }

  #holder(): string | undefined {
    try {
      return readlinkSync(this.path);
    } catch {
      return undefined;
    }
  }

  #isAbandoned(): boolean {
    const [pid, host] = this.#holder()?.split('@') ?? [];
    if (host === hostname() && !isAlive(Number(pid))) return true;
    return ageMs(this.path) > abandonedAfterMs;
  }

  /** One at a time looks again and removes it, so that nobody removes the lock of who came next. */
  #takeOver(): void {
    if (!create(this.#takeover, this.#self)) {
      if (ageMs(this.#takeover) > abandonedAfterMs) remove(this.#takeover);
      return;
    }
    if (this.#isAbandoned()) remove(this.path);
    remove(this.#takeover);
  }

  #busy(): CacheError {
    const [pid = '?', host = '?'] = this.#holder()?.split('@') ?? [];
    const message = `cache '${this.name}': process ${pid} on ${host} holds ${this.path}; try again, or end that process`;
    return new CacheError('TIMEOUT', message, { retryable: true });
  }
}

/** False when it is there. */
function create(path: string, content: string): boolean {
  for (;;) {
    try {
      symlinkSync(content, path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      if (codeOf(error) !== 'ENOENT') throw error;
      // The directory is new, or somebody deleted it.
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    }
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function ageMs(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found ? Date.now() - found.mtimeMs : 0;
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
