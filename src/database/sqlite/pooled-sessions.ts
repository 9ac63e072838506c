import type { StatementLimit } from '../statement-limit.js';
import type { PoolUser, SqlitePool } from './sqlite-pool.js';
import { SqliteSession } from './sqlite-session.js';
import type { SqliteSessions } from './sqlite-sessions.js';

/** Sessions on the connections of a pool of this process, for itself or for a module. */
export class PooledSessions implements SqliteSessions {
  readonly #pool: SqlitePool;
  readonly #user: PoolUser | undefined;

  constructor(pool: SqlitePool, user?: PoolUser) {
    this.#pool = pool;
    this.#user = user;
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
    return new SqliteSession(this.#pool, this.#user);
  }

  /** On the same connections, within the limits of a module. */
  forModule(user: PoolUser): PooledSessions {
    return new PooledSessions(this.#pool, user);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
