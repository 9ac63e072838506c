import { sleep } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import { IdleWatch } from '../idle-watch.js';
import { leftIdle } from '../pool-errors.js';
import { StatementLimit } from '../statement-limit.js';
import { enforceForeignKeys } from './foreign-keys.js';
import { isBusy, readOnlyError, SqliteError } from './sqlite-error.js';
import type { PoolUser, SqliteLease, SqlitePool } from './sqlite-pool.js';
import type { Access, SessionState, SessionStatement, StatementSession, StreamedStatement } from './sqlite-sessions.js';
import { busyTimeoutIn, looksLikeChange, setsConnectionState, setsForeignKeys } from './statement-kind.js';
import type { StatementResult } from './worker-messages.js';

type Held =
  | { readonly kind: 'idle' }
  /** Somebody set a pragma: what follows must run where it holds. */
  | { readonly kind: 'pinned'; readonly lease: SqliteLease }
  | {
      readonly kind: 'transaction';
      readonly lease: SqliteLease;
      readonly access: Access;
      readonly isPinned: boolean;
      readonly endTurn: () => void;
    }
  | { readonly kind: 'released' };

const pageRows = 100;
const oneTimeout = { columns: ['timeout'], hasRows: true, changes: 0, lastInsertRowid: 0 };
const closeCursorMs = 5_000;
let lastCursor = 0;

/**
 * One user's way to the pool. Outside a transaction each statement borrows a connection; a transaction keeps one of its
 * own and, when it writes, the turn to write.
 */
export class SqliteSession implements StatementSession {
  busyTimeoutMs: number | undefined;
  readonly #pool: SqlitePool;
  readonly #user: PoolUser | undefined;
  #state: Held = { kind: 'idle' };
  /** What is left on the connection that is held, and is nobody else's business. */
  #left: 'nothing' | 'foreign keys' | 'more' = 'nothing';

  readonly #idle: IdleWatch;
  /** The transaction was left idle too long; whoever goes on with it is told. */
  #expired: DatabaseError | undefined;

  constructor(pool: SqlitePool, user?: PoolUser) {
    this.#pool = pool;
    this.#user = user;
    this.#idle = new IdleWatch(user?.idleInTransactionTimeoutMs || undefined, (idleMs) => this.#expire(idleMs));
  }

  get state(): SessionState {
    return this.#state.kind;
  }

  get inTransaction(): boolean {
    return this.#state.kind === 'transaction';
  }

  async run(statement: SessionStatement): Promise<StatementResult> {
    this.#throwIfExpired();
    // The engine itself never waits.
    if (busyTimeoutIn(statement.sql) === 'asked') return { ...oneTimeout, rows: [[this.#busyTimeoutMs]] };
    const state = this.#state;
    switch (state.kind) {
      case 'idle':
        return this.#runAlone(statement);
      case 'pinned':
        this.#note(statement.sql);
        return this.#perform(state.lease, statement, statement.readOnly ? 'read' : 'write');
      case 'transaction':
        return this.#runInside(state, statement);
      case 'released':
        throw this.#releasedError();
    }
  }

  async *stream(statement: StreamedStatement, limit: () => StatementLimit): AsyncGenerator<StatementResult> {
    this.#throwIfExpired();
    const state = this.#state;
    if (state.kind === 'released') throw this.#releasedError();
    const own = state.kind === 'idle' ? await this.#pool.lease(limit(), this.#user) : undefined;
    const lease = own ?? (state as { lease: SqliteLease }).lease;
    lastCursor += 1;
    const cursor = lastCursor;
    let isOpen = true;
    try {
      while (isOpen) {
        const page = await this.#try(lease, { ...statement, limit: limit(), maxRows: pageRows, cursor }, 'read');
        if (page === 'refused') throw readOnlyError();
        isOpen = page.rows.length === pageRows;
        yield page;
      }
    } finally {
      const end = { sql: '', params: [], access: 'read' as const, cursor, maxRows: 0 };
      if (isOpen && lease.connection.isUsable)
        await lease.connection.run(end, new StatementLimit(closeCursorMs)).catch(() => undefined);
      own?.release();
    }
  }

  async begin(access: Access, limit: StatementLimit): Promise<void> {
    this.#throwIfExpired();
    const state = this.#state;
    if (state.kind === 'transaction' || state.kind === 'released') {
      throw new DatabaseError(
        'TRANSACTION',
        `database '${this.#pool.options.database}': a transaction cannot begin here, the session is in state ${state.kind}`,
      );
    }
    const endTurn =
      access === 'write' && !this.#pool.isSingle
        ? await this.#pool.enterWriteTurn(limit, this.#busyTimeoutMs, this.#user)
        : () => {};
    let lease: SqliteLease | undefined;
    try {
      lease = state.kind === 'pinned' ? state.lease : await this.#lease(access, limit);
      await this.#startTransaction(lease, access, limit);
      if (this.#state !== state)
        throw new DatabaseError(
          'TRANSACTION',
          `database '${this.#pool.options.database}': released while a transaction began`,
        );
      this.#state = { kind: 'transaction', lease, access, isPinned: state.kind === 'pinned', endTurn };
      this.#idle.start();
    } catch (error) {
      if (lease?.connection.inTransaction) lease.connection.interrupt();
      this.#giveBack(state.kind === 'pinned' ? undefined : lease, endTurn);
      throw error;
    }
  }

  interrupt(): void {
    const state = this.#state;
    if (state.kind !== 'transaction') return;
    state.lease.connection.interrupt();
    this.#leaveTransaction(state);
  }

  release(): void {
    this.#idle.stop();
    this.interrupt();
    if (this.#state.kind === 'pinned') this.#giveBack(this.#state.lease, () => {});
    this.#state = { kind: 'released' };
  }

  get #busyTimeoutMs(): number {
    return this.busyTimeoutMs ?? this.#pool.options.busyTimeoutMs;
  }

  #lease(access: Access, limit: StatementLimit): Promise<SqliteLease> {
    return this.#pool.lease(limit, this.#user, access === 'write' && !this.#pool.isSingle);
  }

  /** Where `PRAGMA query_only` forbids the lock to write, the transaction begins without it, and its writes fail. */
  async #startTransaction(lease: SqliteLease, access: Access, limit: StatementLimit): Promise<void> {
    const start = (sql: string) => this.#perform(lease, { sql, params: [], limit }, 'write');
    // One connection has nobody to lock out, and the stronger form would make a reader a writer.
    if (access === 'read') return void (await start('BEGIN'));
    try {
      await start('BEGIN IMMEDIATE');
    } catch (error) {
      if (!(error instanceof SqliteError) || error.code !== 'SQLITE_READONLY') throw error;
      await start('BEGIN');
    }
  }

  #throwIfExpired(): void {
    const expired = this.#expired;
    this.#expired = undefined;
    if (expired) throw expired;
  }

  #expire(idleMs: number): void {
    if (!this.inTransaction || this.#user === undefined) return;
    this.#expired = leftIdle(this.#pool.options.database, idleMs, this.#user.idleInTransactionTimeoutMs);
    this.#user.logger.warn('a transaction was rolled back', { reason: this.#expired.message });
    this.interrupt();
  }

  #releasedError(): DatabaseError {
    return new DatabaseError(
      'CLOSED',
      `database '${this.#pool.options.database}': this query runner has been released`,
    );
  }

  async #runAlone(statement: SessionStatement): Promise<StatementResult> {
    if (setsConnectionState(statement.sql) && !statement.readOnly) {
      const lease = await this.#pool.lease(statement.limit, this.#user);
      this.#state = { kind: 'pinned', lease };
      this.#note(statement.sql);
      return this.#perform(lease, statement, 'write');
    }
    if (statement.readOnly || !(this.#pool.isSingle || looksLikeChange(statement.sql))) {
      const result = await this.#borrow(statement, 'read');
      if (result !== 'refused') return result;
      if (statement.readOnly) throw readOnlyError();
    }
    const endTurn = this.#pool.isSingle
      ? () => {}
      : await this.#pool.enterWriteTurn(statement.limit, this.#busyTimeoutMs, this.#user);
    return (await this.#borrow(statement, 'write', endTurn)) as StatementResult;
  }

  async #borrow(statement: SessionStatement, access: Access, endTurn = () => {}): Promise<StatementResult | 'refused'> {
    let lease: SqliteLease | undefined;
    try {
      lease = await this.#lease(access, statement.limit);
      const result = await this.#try(lease, statement, access);
      if (!lease.connection.inTransaction) return result;
      lease.connection.interrupt();
      const message = `database '${this.#pool.options.database}': the statement opened a transaction, which was rolled back; use transaction() or beginTransaction()`;
      throw new DatabaseError('TRANSACTION', message);
    } finally {
      this.#giveBack(lease, endTurn);
    }
  }

  async #runInside(state: Held & { kind: 'transaction' }, statement: SessionStatement): Promise<StatementResult> {
    this.#note(statement.sql);
    try {
      return await this.#perform(state.lease, statement, statement.readOnly ? 'read' : state.access);
    } finally {
      const { connection } = state.lease;
      if (!connection.isUsable || connection.isSettling || !connection.inTransaction) this.#leaveTransaction(state);
    }
  }

  /** The lock is free when the connection has let go, not before. */
  #giveBack(lease: SqliteLease | undefined, endTurn: () => void): void {
    if (lease === undefined) return endTurn();
    void lease.connection.settled.then(endTurn);
    const left = this.#left;
    this.#left = 'nothing';
    if (left === 'nothing') lease.release();
    else if (left === 'more') lease.discard();
    else void enforceForeignKeys(lease);
  }

  #note(sql: string): void {
    if (this.#left === 'more' || !setsConnectionState(sql)) return;
    this.#left = setsForeignKeys(sql) ? 'foreign keys' : 'more';
  }

  #leaveTransaction(state: Held & { kind: 'transaction' }): void {
    if (this.#state !== state) return;
    if (state.isPinned) {
      this.#state = { kind: 'pinned', lease: state.lease };
      void state.lease.connection.settled.then(state.endTurn);
    } else {
      this.#state = { kind: 'idle' };
      this.#giveBack(state.lease, state.endTurn);
    }
  }

  async #perform(lease: SqliteLease, statement: SessionStatement, access: Access): Promise<StatementResult> {
    const result = await this.#try(lease, statement, access);
    if (result === 'refused') throw readOnlyError();
    return result;
  }

  #try(lease: SqliteLease, statement: SessionStatement, access: Access): Promise<StatementResult | 'refused'> {
    return this.#idle.during(() => this.#repeat(lease, statement, access));
  }

  /** Runs a statement, again while somebody else holds the lock it needs: such a statement has not run at all. */
  async #repeat(
    lease: SqliteLease,
    { sql, params, limit: whole, maxRows, cursor }: SessionStatement,
    access: Access,
  ): Promise<StatementResult | 'refused'> {
    const limit = whole.atMost(this.#user?.statementTimeoutMs ?? 0);
    const start = performance.now();
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
      const outcome = await lease.connection.run(
        {
          sql,
          params,
          access,
          ...(maxRows === undefined ? {} : { maxRows }),
          ...(cursor === undefined ? {} : { cursor }),
        },
        limit,
      );
      if (outcome.kind === 'done') return outcome.result;
      if (outcome.kind === 'refused') return 'refused';
      if (!isBusy(outcome.failure)) throw new SqliteError(outcome.failure);
      const waitedMs = Math.round(performance.now() - start);
      if (waitedMs >= this.#busyTimeoutMs) throw this.#pool.lockedError(waitedMs);
      await sleep(Math.min(pauseMs, limit.remainingMs), limit.signal);
    }
  }
}
