import type { DataSource, QueryRunner } from 'typeorm';
import { DatabaseError } from '../database-error.js';

/** Whoever migrates holds this lock of the server: a number for PostgreSQL, a name for MySQL. */
const lockNumber = 7_249_284;
const lockName = 'pywatt_migrations';
const waitSeconds = 60;

/**
 * Runs `work` while nobody else migrates this database, in whatever process. The lock hangs on an open transaction of a
 * connection of its own, which a pool gives to nobody else meanwhile.
 */
export async function withMigrationLock<T>(dataSource: DataSource, name: string, work: () => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    const unlock = await lock(runner, name);
    try {
      return await work();
    } finally {
      await unlock();
    }
  } finally {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
  }
}

/** PostgreSQL's lock ends with its transaction, MySQL's does not. */
async function lock(runner: QueryRunner, name: string): Promise<() => Promise<unknown>> {
  if (runner.connection.options.type === 'postgres') {
    await runner.query(`SET LOCAL lock_timeout = '${waitSeconds}s'`);
    await runner.query(`SELECT pg_advisory_xact_lock(${lockNumber})`).catch((error: unknown) => {
      throw lockError(name, error);
    });
    return () => Promise.resolve();
  }
  const [row] = (await runner.query(`SELECT GET_LOCK('${lockName}', ${waitSeconds}) AS held`)) as { held: unknown }[];
  if (Number(row?.held) !== 1) throw lockError(name);
  return () => runner.query(`SELECT RELEASE_LOCK('${lockName}')`);
}

function lockError(name: string, cause?: unknown): DatabaseError {
  const message = `database '${name}': somebody else has been migrating it for ${waitSeconds} s; try again when that is done`;
  return new DatabaseError('MIGRATION', message, { retryable: true, cause });
}
