import type { StatementLimit } from '../statement-limit.js';
import type { BoundValue, StatementRequest, StatementResult } from './worker-messages.js';

export type Access = StatementRequest['access'];

/** What a session holds: nothing, a connection that has settings of its own, or one with a transaction. */
export type SessionState = 'idle' | 'pinned' | 'transaction' | 'released';

export interface SessionStatement {
  readonly sql: string;
  readonly params: readonly BoundValue[];
  readonly limit: StatementLimit;
  /** Refuse a statement that could change anything. */
  readonly readOnly?: boolean;
  /** Stop a statement that only reads after this many rows. */
  readonly maxRows?: number;
  /** Leaves the statement open after `maxRows`; see `StatementRequest`. */
  readonly cursor?: number;
}

export type StreamedStatement = Pick<SessionStatement, 'sql' | 'params' | 'readOnly'>;

/**
 * One user's way to a SQLite database, in this process or through the orchestrator. Errors of the engine are thrown as
 * `SqliteError`, all others as `DatabaseError`.
 */
export interface StatementSession {
  /** False again as soon as the engine has ended the transaction, whoever caused it. */
  readonly inTransaction: boolean;
  /** The longest wait for whoever writes; the pool's when left out. */
  busyTimeoutMs?: number | undefined;
  run(statement: SessionStatement): Promise<StatementResult>;
  /** A statement that only reads, page by page, each under a limit of its own. Ending it early closes its cursor. */
  stream(statement: StreamedStatement, limit: () => StatementLimit): AsyncGenerator<StatementResult>;
  /** Begins a transaction. A writing one takes the lock now: taken later, it could fail half way. */
  begin(access: Access, limit: StatementLimit): Promise<void>;
  /** Ends whatever runs and rolls back, without waiting for it. */
  interrupt(): void;
  /** Gives everything back; what is still open is rolled back. Idempotent. */
  release(): void;
}

/** Where sessions come from. Whoever opened it closes it. */
export interface SqliteSessions {
  /** A file, or `:memory:`, or the name of what the orchestrator holds. */
  readonly path: string;
  /** Whether there is one connection for everybody. */
  readonly isSingle: boolean;
  open(limit: StatementLimit): Promise<void>;
  createSession(): StatementSession;
  close(): Promise<void>;
}
