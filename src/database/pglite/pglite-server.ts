import type { Duplex } from 'node:stream';
import { resolve } from 'node:path';
import { createDirectory, messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import { lockDirectory } from './directory-lock.js';
import { PgliteSession } from './pglite-session.js';
import { PgliteStream } from './pglite-stream.js';
import { PgliteError, PgliteThread } from './pglite-thread.js';

interface Started {
  readonly session: PgliteSession;
  close(): Promise<void>;
}

/** PostgreSQL on a thread of this process, with its data in a directory, which is created, or in memory. */
export class PgliteServer {
  readonly #directory: string | undefined;
  readonly #name: string;
  #started: Promise<Started> | undefined;
  #isClosed = false;

  constructor(directory: string | undefined, name: string) {
    this.#directory = directory;
    this.#name = name;
  }

  /**
   * Takes seconds where the data is new. Rejects with CONFIGURATION without the package, with CONNECTION, naming the
   * directory, when it cannot be used or is open in another process, and with CLOSED; the next call tries again.
   */
  async start(): Promise<void> {
    await this.#running();
  }

  /** Another connection, in turn after those before it. Rejects as `start`. */
  async openStream(): Promise<Duplex> {
    const { session } = await this.#running();
    return new PgliteStream(session);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const started = await this.#started?.catch(() => undefined);
    await started?.close();
  }

  #running(): Promise<Started> {
    if (this.#isClosed) return Promise.reject(new DatabaseError('CLOSED', `database '${this.#name}' is closed`));
    const starting = (this.#started ??= start(this.#directory, this.#name));
    starting.catch(() => {
      if (this.#started === starting) this.#started = undefined;
    });
    return starting;
  }
}

async function start(directory: string | undefined, name: string): Promise<Started> {
  const path = directory === undefined ? undefined : resolve(directory);
  const unlock = path === undefined ? async () => undefined : await locked(path, name);
  const session = new PgliteSession({
    start: () => PgliteThread.start(path),
    isRestartable: path !== undefined,
  });
  const close = async () => {
    await session.close();
    await unlock();
  };
  try {
    await session.start();
  } catch (error) {
    await close();
    throw openError(error, directory, name);
  }
  return { session, close };
}

async function locked(path: string, name: string): Promise<() => Promise<void>> {
  try {
    await createDirectory(path);
    return await lockDirectory(path, name);
  } catch (error) {
    throw openError(error, path, name);
  }
}

function openError(cause: unknown, directory: string | undefined, name: string): DatabaseError {
  if (cause instanceof DatabaseError) return cause;
  if (cause instanceof PgliteError && cause.code?.endsWith('MODULE_NOT_FOUND')) {
    const message = `database '${name}' needs the package @electric-sql/pglite: npm install @electric-sql/pglite (${cause.message})`;
    return new DatabaseError('CONFIGURATION', message, { cause });
  }
  const what = directory === undefined ? 'PGlite does not start' : `cannot open the directory ${directory}`;
  return new DatabaseError('CONNECTION', `database '${name}': ${what}: ${messageOf(cause)}`, { cause });
}
