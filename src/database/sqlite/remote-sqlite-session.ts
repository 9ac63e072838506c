import { type DatabaseCaller, isLostAnswer } from '../database-caller.js';
import { DatabaseError, outcomeUnknown, rebuildDatabaseError } from '../database-error.js';
import { pagesOf } from '../row-pages.js';
import type { StatementLimit } from '../statement-limit.js';
import type { WireSessionAnswer } from './session-calls.js';
import { SqliteError } from './sqlite-error.js';
import type {
  Access,
  SessionState,
  SessionStatement,
  SqliteSessions,
  StatementSession,
  StreamedStatement,
} from './sqlite-sessions.js';
import { isCommit, onlyReads } from './statement-kind.js';
import type { StatementResult } from './worker-messages.js';

type Effect = 'commit' | 'statement';

/** A session that the orchestrator holds; it names itself with every call and costs no call to begin or, idle, to end. */
export class RemoteSqliteSession implements StatementSession {
  busyTimeoutMs: number | undefined;
  readonly #caller: DatabaseCaller;
  readonly #sessionId: number;
  #state: SessionState = 'idle';
  #running = 0;

  constructor(caller: DatabaseCaller, sessionId: number) {
    this.#caller = caller;
    this.#sessionId = sessionId;
  }

  get inTransaction(): boolean {
    return this.#state === 'transaction';
  }

  run({ sql, params, limit, readOnly = false, maxRows }: SessionStatement): Promise<StatementResult> {
    const { timeoutMs } = limit;
    const { busyTimeoutMs, inTransaction } = this;
    const call = { sessionId: this.#sessionId, busyTimeoutMs, sql, params, timeoutMs, readOnly, maxRows };
    const send = () => this.#caller.call('session_run', call, callOptions(limit));
    return this.#ask(limit, send, () => effectOf(sql, inTransaction));
  }

  async *stream({ sql, params }: StreamedStatement, limit: () => StatementLimit): AsyncGenerator<StatementResult> {
    const caller = this.#caller;
    const call = { sessionId: this.#sessionId, sql, params, timeoutMs: limit().timeoutMs };
    for await (const rows of pagesOf(caller, call, callOptions(limit()))) {
      const columns = Object.keys(rows[0] ?? {});
      yield { columns, rows: rows.map((row) => Object.values(row)), hasRows: true, changes: 0, lastInsertRowid: 0 };
    }
  }

  async begin(access: Access, limit: StatementLimit): Promise<void> {
    const { busyTimeoutMs } = this;
    const call = { sessionId: this.#sessionId, busyTimeoutMs, access, timeoutMs: limit.timeoutMs };
    await this.#ask(limit, () => this.#caller.call('session_begin', call, callOptions(limit)));
  }

  interrupt(): void {
    if (this.#state === 'transaction' || (this.#state !== 'released' && this.#running > 0)) this.#giveUp();
  }

  release(): void {
    if (this.#state === 'pinned') this.#giveUp();
    else this.interrupt();
    this.#state = 'released';
  }

  /** `effect`: asked only when the answer is lost. */
  async #ask(
    limit: StatementLimit,
    send: () => Promise<WireSessionAnswer>,
    effect: () => Effect | undefined = () => undefined,
  ): Promise<StatementResult> {
    if (this.#state === 'released')
      throw new DatabaseError('CLOSED', `database '${this.#caller.name}': this query runner has been released`);
    limit.throwIfReached();
    let answer: WireSessionAnswer;
    this.#running += 1;
    try {
      answer = await send();
    } catch (error) {
      // Whether it took effect is not known here, so nothing may build on it.
      if ((this.#state as SessionState) !== 'released') this.#giveUp();
      if (!isLostAnswer(error)) throw error;
      const lost = effect();
      throw lost === undefined ? error : outcomeUnknown(error, lost);
    } finally {
      this.#running -= 1;
    }
    if ((this.#state as SessionState) !== 'released') this.#state = answer.state === 'released' ? 'idle' : answer.state;
    switch (answer.kind) {
      case 'done':
        return answer.result;
      case 'failed':
        throw new SqliteError(answer.failure);
      case 'refused':
        throw rebuildDatabaseError(answer.error);
    }
  }

  /** When it cannot be told, the broker rolls back at the end of the connection. */
  #giveUp(): void {
    this.#state = 'idle';
    this.#caller.call('session_release', { sessionId: this.#sessionId }).catch(() => undefined);
  }
}

/** What stays when the session is lost. */
function effectOf(sql: string, inTransaction: boolean): Effect | undefined {
  if (isCommit(sql)) return 'commit';
  return inTransaction || onlyReads(sql) ? undefined : 'statement';
}

/** Sessions over the connection that the module's session opened; closing ends it. */
export class RemoteSqliteSessions implements SqliteSessions {
  readonly #caller: DatabaseCaller;
  #nextId = 1;

  constructor(caller: DatabaseCaller) {
    this.#caller = caller;
  }

  get path(): string {
    return this.#caller.name;
  }

  get isSingle(): boolean {
    return this.#caller.connection.info['singleConnection'] === true;
  }

  /** The orchestrator has opened it, or there would be no connection. */
  async open(): Promise<void> {}

  createSession(): RemoteSqliteSession {
    return new RemoteSqliteSession(this.#caller, this.#nextId++);
  }

  close(): Promise<void> {
    return this.#caller.connection.close();
  }
}

function callOptions({ timeoutMs, signal }: StatementLimit): { timeoutMs: number; signal?: AbortSignal } {
  return signal === undefined ? { timeoutMs } : { timeoutMs, signal };
}
