import { resolve } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { createDirectory, messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import { loadDriver } from '../load-driver.js';
import type { PostgresSource } from '../typeorm/postgres-engine.js';
import { PgliteSession } from './pglite-session.js';
import { PgliteStream } from './pglite-stream.js';

type PgliteClass = typeof PGlite;
type PgliteSource = Extract<PostgresSource, { kind: 'stream' }> & { readonly close: () => Promise<void> };

/**
 * Starts PostgreSQL in this process, with its data in a directory, which is created, or in memory. Rejects with
 * CONFIGURATION without the package, and with CONNECTION, naming the directory, when it cannot be used.
 */
export async function openPgliteSource(directory: string | undefined, name: string): Promise<PgliteSource> {
  const { PGlite } = await loadDriver<{ PGlite: PgliteClass }>(
    () => import('@electric-sql/pglite'),
    '@electric-sql/pglite',
    name,
  );
  const session = new PgliteSession(await start(PGlite, directory, name));
  return {
    kind: 'stream',
    open: () => new PgliteStream(session),
    description: `pglite ${directory ?? 'memory'}`,
    isSingleConnection: true,
    close: () => session.close(),
  };
}

async function start(pglite: PgliteClass, directory: string | undefined, name: string): Promise<PGlite> {
  if (directory === undefined) return pglite.create();
  const path = resolve(directory);
  try {
    await createDirectory(path);
    return await pglite.create({ dataDir: path });
  } catch (cause) {
    const message = `database '${name}': cannot open the directory ${directory}: ${messageOf(cause)}`;
    throw new DatabaseError('CONNECTION', message, { cause });
  }
}
