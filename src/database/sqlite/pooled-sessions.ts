import type { StatementLimit } from '../statement-limit.js';
import type { SqlitePool } from './sqlite-pool.js';
import { SqliteSession } from './sqlite-session.js';
import type { SqliteSessions } from './sqlite-sessions.js';

/** Sessions on the connections of a pool of this process. */
export class PooledSessions implements SqliteSessions {
  readonly #pool: SqlitePool;

  constructor(pool: SqlitePool) {
    this.#pool = pool;
  }

  get path(): string {
    return this.#pool.options.path;
  }

  get isSingle(): boolean {
    return this.#pool.isSingle;
  }

  open(limit: StatementLimit): Promise<void> {
    return this.#pool.open(limit);
  }

  createSession(): SqliteSession {
    return new SqliteSession(this.#pool);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
