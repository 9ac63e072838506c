import type { WireStatement } from '../database-calls.js';
import { DatabaseError } from '../database-error.js';
import type { RowData } from '../database-link.js';
import { StatementLimit } from '../statement-limit.js';
import type { WireSession, WireSessionAnswer, WireSessionBegin, WireSessionStatement } from './session-calls.js';
import { bindValue } from './bound-values.js';
import { queryError, SqliteError } from './sqlite-error.js';
import type { SqliteSession } from './sqlite-session.js';
import type { StatementResult } from './worker-messages.js';

interface HeldSession {
  readonly session: SqliteSession;
  running: number;
}

const defaultTimeoutMs = 30_000;
const nothingDone: StatementResult = { columns: [], rows: [], hasRows: false, changes: 0, lastInsertRowid: 0 };

/** The orchestrator's end of the sessions of one connection. A session that holds nothing is not kept. */
export class BrokeredSessions {
  readonly #createSession: () => SqliteSession;
  readonly #name: string;
  readonly #held = new Map<number, HeldSession>();

  /** `name` is the database's, for messages. */
  constructor(createSession: () => SqliteSession, name: string) {
    this.#createSession = createSession;
    this.#name = name;
  }

  run(call: WireSessionStatement, signal: AbortSignal): Promise<WireSessionAnswer> {
    const { sql, params, timeoutMs, readOnly, maxRows } = call;
    const limit = new StatementLimit(timeoutMs, signal);
    return this.#perform(call, (session) =>
      waiting(session, call).run({ sql, params, limit, readOnly, ...(maxRows === undefined ? {} : { maxRows }) }),
    );
  }

  begin(call: WireSessionBegin, signal: AbortSignal): Promise<WireSessionAnswer> {
    return this.#perform(call, async (session) => {
      await waiting(session, call).begin(call.access, new StatementLimit(call.timeoutMs, signal));
      return nothingDone;
    });
  }

  async *stream(call: WireStatement, sessionId: number, signal: AbortSignal): AsyncGenerator<RowData> {
    const held = this.#hold(sessionId);
    const params = call.params.map(bindValue);
    const limit = () => new StatementLimit(call.timeoutMs ?? defaultTimeoutMs, signal);
    try {
      for await (const { columns, rows } of held.session.stream({ sql: call.sql, params }, limit))
        for (const row of rows) yield Object.fromEntries(row.map((cell, index) => [columns[index], cell])) as RowData;
    } catch (error) {
      throw error instanceof SqliteError ? queryError(error, this.#name) : error;
    } finally {
      this.#letGo(sessionId, held);
    }
  }

  release({ sessionId }: WireSession): void {
    this.#held.get(sessionId)?.session.release();
    this.#held.delete(sessionId);
  }

  /** Rolls back what is open; says how many transactions that were. */
  close(): number {
    const sessions = [...this.#held.values()].map(({ session }) => session);
    this.#held.clear();
    const open = sessions.filter((session) => session.inTransaction).length;
    for (const session of sessions) session.release();
    return open;
  }

  async #perform(
    { sessionId }: WireSession,
    work: (session: SqliteSession) => Promise<StatementResult>,
  ): Promise<WireSessionAnswer> {
    const held = this.#hold(sessionId);
    const { session } = held;
    try {
      const result = await work(session);
      return { kind: 'done', state: session.state, result };
    } catch (error) {
      if (error instanceof SqliteError) {
        const { name, message, code } = error;
        const failure = code === undefined ? { name, message } : { name, message, code };
        return { kind: 'failed', state: session.state, failure };
      }
      if (!(error instanceof DatabaseError)) throw error;
      const { code, message, retryable, details } = error;
      return { kind: 'refused', state: session.state, error: { code, message, retryable, details } };
    } finally {
      this.#letGo(sessionId, held);
    }
  }

  #hold(sessionId: number): HeldSession {
    const held = this.#held.get(sessionId) ?? { session: this.#createSession(), running: 0 };
    this.#held.set(sessionId, held);
    held.running += 1;
    return held;
  }

  #letGo(sessionId: number, held: HeldSession): void {
    held.running -= 1;
    const isHeld = this.#held.get(sessionId) === held;
    if (isHeld && held.running === 0 && held.session.state === 'idle') this.#held.delete(sessionId);
  }
}

function waiting(session: SqliteSession, { busyTimeoutMs }: Pick<WireSessionBegin, 'busyTimeoutMs'>): SqliteSession {
  return Object.assign(session, { busyTimeoutMs });
}
