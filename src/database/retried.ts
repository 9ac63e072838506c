import { sleep } from '../foundation/index.js';

const firstPauseMs = 10;
const longestPauseMs = 1_000;

/** Conflicts between transactions, by the codes of SQLite, SQLSTATE (PostgreSQL) and MySQL. */
const conflict = /^(?:SQLITE_(?:BUSY|LOCKED)\w*|40001|40P01|ER_LOCK_DEADLOCK|1213)$/;

/** Runs `work`, again at most `retries` times while it fails for a conflict with another transaction. */
export async function retried<T>(work: () => Promise<T>, retries: number): Promise<T> {
  for (let retry = 0; ; retry += 1) {
    try {
      return await work();
    } catch (error) {
      if (retry >= retries || !isConflict(error)) throw error;
      // Those that met once must not meet again.
      await sleep(Math.random() * Math.min(firstPauseMs * 2 ** retry, longestPauseMs));
    }
  }
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
