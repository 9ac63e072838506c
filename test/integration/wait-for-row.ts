import type { Pool } from 'pg';

/** Asks until there is a row. */
export async function waitFor(pool: Pool, sql: string): Promise<void> {
  while ((await pool.query(sql)).rowCount === 0);
}
