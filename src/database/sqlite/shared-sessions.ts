import type { StatementLimit } from '../statement-limit.js';
import type { SqliteSessions, StatementSession } from './sqlite-sessions.js';

/** Sessions of somebody else's: closing these ends those that were created here, and no others. */
export class SharedSessions implements SqliteSessions {
  readonly #owner: SqliteSessions;
  readonly #created = new Set<StatementSession>();

  constructor(owner: SqliteSessions) {
    this.#owner = owner;
  }

  get path(): string {
    return this.#owner.path;
  }

  get isSingle(): boolean {
    return this.#owner.isSingle;
  }

  open(limit: StatementLimit): Promise<void> {
    return this.#owner.open(limit);
  }

  createSession(): StatementSession {
    const session = this.#owner.createSession();
    const release = session.release.bind(session);
    this.#created.add(session);
    return Object.assign(session, {
      release: () => {
        this.#created.delete(session);
        release();
      },
    });
  }

  async close(): Promise<void> {
    for (const session of this.#created) session.release();
  }
}
