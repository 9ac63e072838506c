import { resolve } from 'node:path';
import { createDirectory, messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import type { PostgresSource } from '../typeorm/postgres-engine.js';
import { lockDirectory } from './directory-lock.js';
import { PgliteSession } from './pglite-session.js';
import { PgliteStream } from './pglite-stream.js';
import { PgliteError, PgliteThread } from './pglite-thread.js';

type PgliteSource = Extract<PostgresSource, { kind: 'stream' }> & { readonly close: () => Promise<void> };

/**
 * Starts PostgreSQL on a thread of this process, with its data in a directory, which is created, or in memory. Rejects
 * with CONFIGURATION without the package, and with CONNECTION, naming the directory, when it cannot be used or is open in
 * another process. A connection waits for the others that long, and is then refused with PW001.
 */
export async function openPgliteSource(
  directory: string | undefined,
  name: string,
  acquireTimeoutMs: number,
): Promise<PgliteSource> {
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
  return {
    kind: 'stream',
    open: () => new PgliteStream(session, acquireTimeoutMs),
    description: `pglite ${directory ?? 'memory'}`,
    isSingleConnection: true,
    close,
  };
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
