import type { QueryRunner } from 'typeorm';
import { settlesWithin } from '../../foundation/index.js';
import { DatabaseError, notCommitted, outcomeUnknown } from '../database-error.js';
import type { CallOptions, RowData, TransactionLink } from '../database-link.js';
import type { SqlValue } from '../database.js';
import { cancelDeadlineMs, type ServerConnection, type ServerEngine } from '../server/server-engine.js';
import { endedConnection, wasNeverSent } from '../server/server-errors.js';
import { refuseControl } from '../server/transaction-statement.js';
import { looksLikeChange } from '../sqlite/statement-kind.js';
import { StatementLimit } from '../statement-limit.js';
import type { OwnedRunner } from './owned-runner.js';

interface HeldConnection {
  readonly name: string;
  readonly engine: ServerEngine;
  readonly connection: ServerConnection;
  readonly owned: OwnedRunner;
  readonly statementTimeoutMs: number;
}

/** One connection, for one call or one transaction. */
export class ServerTransactionLink implements TransactionLink {
  readonly #held: HeldConnection;
  #isOver = false;
  #isLost = false;

  constructor(held: HeldConnection) {
    this.#held = held;
  }

  get runner(): QueryRunner & { isTransactionActive: boolean } {
    return this.#held.owned.runner;
  }

  get connection(): ServerConnection {
    return this.#held.connection;
  }

  async execute(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<number> {
    return (await this.#run(sql, params, options)).affected;
  }

  async query(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData[]> {
    return (await this.#run(sql, params, options)).rows;
  }

  async queryOne(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData | null> {
    return (await this.#run(sql, params, options)).rows[0] ?? null;
  }

  async *stream(sql: string, params: readonly SqlValue[], options: CallOptions): AsyncGenerator<RowData> {
    const { connection, name, statementTimeoutMs } = this.#held;
    refuseControl(sql, true, name);
    const rows = connection.stream(sql, params)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#limited(StatementLimit.left(options, statementTimeoutMs), rows.next());
        if (next.done) return;
        yield next.value;
      }
    } catch (error) {
      throw this.#failureOf(error);
    } finally {
      await rows.return?.();
    }
  }

  async commit(): Promise<void> {
    const { connection } = this.#held;
    try {
      await connection.run('COMMIT', []);
      await this.end();
    } catch (error) {
      const failure = this.#failureOf(error);
      if (failure.code !== 'CONNECTION') throw failure;
      throw wasNeverSent(failure) ? notCommitted(failure) : outcomeUnknown(failure, 'commit');
    }
  }

  async rollback(): Promise<void> {
    const { connection } = this.#held;
    try {
      await connection.run('ROLLBACK', []);
      await this.end();
    } catch (error) {
      throw this.#failureOf(error);
    }
  }

  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#destroy();
  }

  /** The transaction is still open: the pool must not have the connection before it is closed. */
  async #destroy(): Promise<void> {
    const { connection, owned } = this.#held;
    try {
      // Closing a connection does not end what the server does for it.
      if (!this.#isLost) await connection.cancel().catch(() => undefined);
      await settlesWithin(connection.destroy(), cancelDeadlineMs);
    } finally {
      await owned.end(new Error('the connection was given up')).catch(() => undefined);
    }
  }

  /** Gives the connection back. Idempotent. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    // The pool may not have heard of it yet.
    if (this.#isLost) return this.#destroy();
    await this.#held.owned.end();
  }

  #failureOf(error: unknown): DatabaseError {
    const { engine, name, owned } = this.#held;
    const failure = owned.closed ?? engine.errorOf(error, name);
    this.#isLost ||= endedConnection(failure);
    return failure;
  }

  async #run(sql: string, params: readonly SqlValue[], options: CallOptions) {
    const { connection, engine, name, statementTimeoutMs } = this.#held;
    refuseControl(sql, true, name);
    const limit = StatementLimit.left(options, statementTimeoutMs);
    try {
      const wrap = options.readOnly ? engine.readOnly(this.runner.isTransactionActive) : undefined;
      if (options.readOnly && !wrap && looksLikeChange(sql)) throw readOnlyError(name);
      if (!wrap) return await this.#limited(limit, connection.run(sql, params));
      for (const statement of wrap.before.split(';')) await connection.run(statement, []);
      try {
        return await this.#limited(limit, connection.run(sql, params));
      } finally {
        await connection.run(wrap.after, []).catch(() => connection.destroy());
      }
    } catch (error) {
      throw this.#failureOf(error);
    }
  }

  /** Ends the statement on the server when the limit is reached; what does not end then loses its connection. */
  async #limited<T>(limit: StatementLimit, work: Promise<T>): Promise<T> {
    const { connection } = this.#held;
    let reason: DatabaseError | undefined;
    let grace: NodeJS.Timeout | undefined;
    let cancelling: Promise<void> | undefined;
    const stop = limit.watch((reached) => {
      reason = reached;
      cancelling = connection.cancel().catch(() => connection.destroy());
      grace = setTimeout(() => void connection.destroy(), cancelDeadlineMs);
    });
    try {
      return await work;
    } catch (error) {
      throw reason ?? error;
    } finally {
      stop();
      // A cancellation that is late would meet the next statement of this connection.
      await cancelling;
      clearTimeout(grace);
    }
  }
}

function readOnlyError(name: string): DatabaseError {
  const message = `database '${name}': the statement changes something where only reading is allowed`;
  return new DatabaseError('QUERY', message, { details: { driverCode: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION' } });
}
