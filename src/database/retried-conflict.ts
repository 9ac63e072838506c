import { type Pauses, retried } from '../foundation/index.js';

/** Conflicts between transactions, by the codes of SQLite, SQLSTATE (PostgreSQL) and MySQL. */
const conflict = /^(?:SQLITE_(?:BUSY|LOCKED)\w*|40001|40P01|ER_LOCK_DEADLOCK|1213)$/;

/** Anywhere up to 10 ms, 20 ms and so on: those that met once must not meet again. */
const pause: Pauses = { firstMs: 5, maxMs: 500, spread: 1 };

/** Runs `work`, again at most `count` times while it fails for a conflict with another transaction. */
export function retriedConflict<T>(work: () => Promise<T>, count: number): Promise<T> {
  return retried(work, { count, pause }, (error) => isConflict(error));
}

/** Whether the engine rolled a transaction back, or refused it, because of another one: nothing of it was kept. */
export function isConflict(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  const { code, errno, sqlState, details, cause, driverError } = error as Record<string, unknown>;
  if (code === 'OUTCOME_UNKNOWN') return false;
  const told = (typeof details === 'object' && details !== null ? details : {}) as Record<string, unknown>;
  const codes = [code, errno, sqlState, told['driverCode'], told['sqlState']];
  if (codes.some((value) => (typeof value === 'string' || typeof value === 'number') && conflict.test(String(value))))
    return true;
  return isConflict(driverError, depth + 1) || isConflict(cause, depth + 1);
}
