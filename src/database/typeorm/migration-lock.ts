import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueryRunner } from 'typeorm';
import { DatabaseError } from '../database-error.js';

/** Whoever changes tables holds this lock: a number for PostgreSQL, which has locks of each database, a name for MySQL. */
const lockNumber = 7_249_284;
const lockName = `LEFT(CONCAT_WS(':', 'pywatt_migrations', DATABASE()), 64)`;
const waitSeconds = 60;
const lockNotAvailable = '55P03';

/** The database whose lock the caller stands in. */
const held = new AsyncLocalStorage<string>();

/**
 * Runs `work` while nobody else changes the tables of this database, in whatever process. The lock is one of the runner's
 * own session: a second connection may never come where all the others wait for the lock.
 */
export async function withMigrationLock<T>(runner: QueryRunner, name: string, work: () => Promise<T>): Promise<T> {
  // Who has it already, such as a migration that opens another DataSource, would wait for itself.
  if (held.getStore() === name) return work();
  const unlock = await lock(runner, name);
  try {
    return await held.run(name, work);
  } finally {
    // A transaction that failed takes no statement, and without a connection the lock is gone.
    await run(runner, unlock)
      .catch(() => run(runner, 'ROLLBACK').then(() => run(runner, unlock)))
      .catch(() => undefined);
  }
}

async function lock(runner: QueryRunner, name: string): Promise<string> {
  if (runner.connection.options.type === 'postgres') {
    // One message is one transaction, with which the timeout ends, and the lock does not.
    const wait = `SET LOCAL lock_timeout = '${waitSeconds}s'; SELECT pg_advisory_lock(${lockNumber})`;
    await run(runner, wait).catch((error: unknown) => {
      throw (error as { code?: unknown }).code === lockNotAvailable ? lockError(name, error) : error;
    });
    return `SELECT pg_advisory_unlock(${lockNumber})`;
  }
  const [row] = (await run(runner, `SELECT GET_LOCK(${lockName}, ${waitSeconds}) AS held`)) as { held: unknown }[];
  if (Number(row?.held) !== 1) throw lockError(name);
  return `SELECT RELEASE_LOCK(${lockName})`;
}

/** What of pg's and mysql2's connections is alike. */
interface DriverConnection {
  query(sql: string, done: (error: Error | null, result: unknown) => void): void;
}

/** By the driver alone: loggers and subscribers of a program are told of its own statements. */
async function run(runner: QueryRunner, sql: string): Promise<unknown> {
  const connection = (await runner.connect()) as DriverConnection;
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

function lockError(name: string, cause?: unknown): DatabaseError {
  const message = `database '${name}': somebody else has been migrating it for ${waitSeconds} s; try again when that is done`;
  return new DatabaseError('MIGRATION', message, { retryable: true, cause });
}
