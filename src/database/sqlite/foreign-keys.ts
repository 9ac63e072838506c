import { StatementLimit } from '../statement-limit.js';
import type { SqliteLease } from './sqlite-pool.js';

const giveBackMs = 5_000;

/** Gives a connection back as it was opened: TypeORM turns foreign keys off and on around each change of the schema. */
export async function enforceForeignKeys(lease: SqliteLease): Promise<void> {
  const statement = { sql: 'PRAGMA foreign_keys = ON', params: [], access: 'write' } as const;
  try {
    await lease.connection.settled;
    const { kind } = await lease.connection.run(statement, new StatementLimit(giveBackMs));
    if (kind === 'done') return lease.release();
  } catch {
    // It has ended, or does not answer.
  }
  lease.discard();
}
