import { dirname } from 'node:path';
import { createDirectory, type Logger, messageOf, withDeadline } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import type { StatementLimit } from '../statement-limit.js';
import { poolFull, poolTimedOut } from '../pool-errors.js';
import type { ModuleLimits } from '../pool-limits.js';
import { SqliteConnection } from './sqlite-connection.js';
import { isBusy, openError } from './sqlite-error.js';
import { type LineUser, WaitingLine } from '../waiting-line.js';

export interface SqlitePoolOptions {
  /** The database's name, for messages. */
  readonly database: string;
  /** A file, or `:memory:`, which has exactly one connection. */
  readonly path: string;
  readonly maxConnections: number;
  /** The longest wait for a connection. */
  readonly acquireTimeoutMs: number;
  /** The longest wait for whoever writes, in this process or another. */
  readonly busyTimeoutMs: number;
  /** How long a connection to a file that nobody uses stays open; the last one stays. */
  readonly idleTimeoutMs: number;
  /** How long `close` waits for transactions and statements that are still open. */
  readonly closeTimeoutMs: number;
}

/** A connection on loan. The borrower ends its transaction first and calls exactly one of the two, once. */
export interface SqliteLease {
  readonly connection: SqliteConnection;
  /** Gives the connection back; the promise of `settled` is waited for here, not by the borrower. */
  release(): void;
  /** Gives the place back and closes the connection, whose settings somebody has changed. */
  discard(): void;
}

interface IdleConnection {
  readonly connection: SqliteConnection;
  readonly since: number;
}

/** A module that uses a pool, within its limits. */
export interface PoolUser extends ModuleLimits {
  readonly moduleId: string;
  readonly logger: Logger;
}

/** Who waits is turned away by time; this only bounds memory. */
const maxWaiting = 10_000;

/**
 * The connections of one SQLite database, opened when needed and bounded, and the turn to write: SQLite has one writer
 * at a time, so writers wait in line here, module by module, and hold no connection while they wait.
 */
export class SqlitePool {
  readonly options: SqlitePoolOptions;
  /** The one that was used last is last. */
  readonly #idle: IdleConnection[] = [];
  readonly #sweep: NodeJS.Timeout;
  readonly #all = new Set<SqliteConnection>();
  readonly #places: WaitingLine;
  readonly #turns: WaitingLine;
  #isLost = false;
  #closing: Promise<void> | undefined;

  constructor(options: SqlitePoolOptions) {
    this.options = options;
    const { database } = options;
    const tooMany = (waiting: number, { owner }: LineUser) => poolFull(database, owner, waiting);
    this.#places = new WaitingLine({
      places: this.isSingle ? 1 : options.maxConnections,
      maxWaiting,
      maxWaitMs: options.acquireTimeoutMs,
      tooLong: (waitedMs, user) => this.#timedOut(waitedMs, user),
      tooMany,
    });
    this.#turns = new WaitingLine({
      places: 1,
      maxWaiting,
      maxWaitMs: options.busyTimeoutMs,
      // As for a lock of the engine, each who writes has that long: a line that moves has nobody who writes too long.
      countsStandstill: true,
      tooLong: (waitedMs) =>
        this.#busyError(waitedMs, 'another transaction that is writing; keep write transactions short'),
      tooMany,
    });
    this.#sweep = setInterval(() => this.#closeUnused(), Math.max(options.idleTimeoutMs / 2, 10)).unref();
  }

  /** How many connections are open. */
  get size(): number {
    return this.#all.size;
  }

  /** Whether there is one connection for everybody. */
  get isSingle(): boolean {
    return this.options.path === ':memory:';
  }

  /** Opens the first connection, so that a wrong path fails here and not at the first query. */
  async open(limit: StatementLimit): Promise<void> {
    const { path, database } = this.options;
    if (!this.isSingle) {
      await createDirectory(dirname(path)).catch((error: unknown) => {
        const { code } = error as NodeJS.ErrnoException;
        throw openError(
          {
            name: 'Error',
            message: `its directory cannot be made: ${messageOf(error)}`,
            ...(code === undefined ? {} : { code }),
          },
          database,
          path,
        );
      });
    }
    (await this.lease(limit)).release();
  }

  /**
   * POOL when none came free in time, or too many wait; CLOSED after `close`. Whoever has the turn to write does not wait
   * for others of its own module, or everybody who writes would.
   */
  async lease(limit: StatementLimit, user?: PoolUser, hasTurn = false): Promise<SqliteLease> {
    const leave = await this.#places.enter(limit, user && { ...lineUser(user), ...(hasTurn && { places: Infinity }) });
    try {
      return this.#lend(this.#takeIdle() ?? (await this.#connect(limit)), leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** The turn to write; TIMEOUT with SQLITE_BUSY when it did not come in time, POOL when too many wait. */
  enterWriteTurn(limit: StatementLimit, busyTimeoutMs: number, user?: PoolUser): Promise<() => void> {
    const { owner, maxWaiting: mostOfOwner = maxWaiting } = user ? lineUser(user) : { owner: '' };
    return this.#turns.enter(limit, { owner, maxWaiting: mostOfOwner, maxWaitMs: busyTimeoutMs });
  }

  /** The engine would not give the lock of the file, which transactions of this pool take in turns. */
  lockedError(waitedMs: number): DatabaseError {
    return this.#busyError(waitedMs, 'the lock of its file, which another process or pool has; is it open elsewhere?');
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #busyError(waitedMs: number, whatFor: string): DatabaseError {
    const message = `database '${this.options.database}': waited ${waitedMs} ms for ${whatFor}`;
    return new DatabaseError('TIMEOUT', message, { retryable: true, details: { driverCode: 'SQLITE_BUSY', waitedMs } });
  }

  #timedOut(waitedMs: number, { owner, places }: LineUser): DatabaseError {
    const { database, maxConnections } = this.options;
    if (places !== undefined) {
      const allowed = Math.min(places, maxConnections);
      const { inside: size } = this.#places;
      return poolTimedOut(database, owner, waitedMs, {
        held: this.#places.insideOf(owner),
        allowed,
        size,
        max: maxConnections,
      });
    }
    const message = `database '${database}': no connection came free within ${waitedMs} ms; is a transaction left open?`;
    return new DatabaseError('POOL', message, { retryable: true, details: { waitedMs } });
  }

  #takeIdle(): SqliteConnection | undefined {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.connection.isUsable && idle.connection.hasItsFile) return idle.connection;
      this.#drop(idle.connection);
    }
    return undefined;
  }

  #closeUnused(): void {
    const before = performance.now() - this.options.idleTimeoutMs;
    const others = [...this.#all].filter(({ isUsable }) => isUsable).length - 1;
    const unused = this.#idle.filter(({ since }) => since < before).length;
    for (const { connection } of this.#idle.splice(0, Math.min(unused, others))) this.#drop(connection);
  }

  async #connect(limit: StatementLimit): Promise<SqliteConnection> {
    const { path, database } = this.options;
    if (this.#isLost)
      throw new DatabaseError(
        'CONNECTION',
        `database '${database}' was in memory and is lost with its connection; open it again`,
      );
    for (;;) {
      try {
        const connection = await SqliteConnection.open(path, database);
        this.#all.add(connection);
        return connection;
      } catch (error) {
        // Others may be opening the same file: switching to WAL takes a lock, and so does reading what a crash left in it.
        if (!(error instanceof DatabaseError) || !isBusy({ code: error.details['driverCode'] })) throw error;
        if (limit.elapsedMs > this.options.busyTimeoutMs) throw this.lockedError(limit.elapsedMs);
        await limit.pause(10);
        limit.throwIfReached();
      }
    }
  }

  #lend(connection: SqliteConnection, leave: () => void): SqliteLease {
    const giveBack = async (keep: boolean) => {
      await connection.settled;
      if (keep && connection.isUsable && !this.#closing) this.#idle.push({ connection, since: performance.now() });
      else this.#drop(connection);
      leave();
    };
    return {
      connection,
      release: () => void giveBack(true),
      discard: () => void giveBack(this.isSingle),
    };
  }

  #drop(connection: SqliteConnection): void {
    if (this.isSingle) this.#isLost = true;
    void connection.close(this.options.closeTimeoutMs).then(() => this.#all.delete(connection));
  }

  async #close(): Promise<void> {
    const { database, closeTimeoutMs } = this.options;
    const closed = new DatabaseError('CLOSED', `database '${database}' is closed`);
    clearInterval(this.#sweep);
    this.#places.close(closed);
    this.#turns.close(closed);
    await withDeadline(this.#places.emptied(), closeTimeoutMs, () => undefined).catch(() => undefined);
    const last = this.#idle.at(-1)?.connection;
    const others = [...this.#all].filter((connection) => connection !== last);
    await Promise.all(others.map((connection) => connection.close(closeTimeoutMs)));
    // By itself: the engine writes the log back into the file, and removes it, only where nobody else has the file open.
    await last?.close(closeTimeoutMs);
  }
}

function lineUser({ moduleId, connections, queueLength, acquireTimeoutMs }: PoolUser): LineUser {
  return { owner: moduleId, places: connections, maxWaiting: queueLength, maxWaitMs: acquireTimeoutMs };
}
