import { Deferred, settlesWithin, withDeadline } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import type { StatementLimit } from '../statement-limit.js';
import type { EngineHost } from './engine-host.js';
import { EngineProcess } from './engine-process.js';
import { EngineThread } from './engine-thread.js';
import { fileAt } from './file-at.js';
import { openError } from './sqlite-error.js';
import type { StatementOutcome, StatementRequest, WorkerReply, WorkerRequest } from './worker-messages.js';

type Answer = Exclude<StatementOutcome, { kind: 'cancelled' }>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

const openTimeoutMs = 10_000;
/** How much longer a statement that already takes effect, or an engine that is ended, is waited for. */
const graceMs = 2_000;
const maxPending = 10_000;

interface Pending {
  readonly outcome: Deferred<StatementOutcome>;
  /** Why the statement was called off. */
  reason?: DatabaseError;
}

/**
 * One connection: an engine with one better-sqlite3 database. Statements run in the order they are given.
 *
 * A statement that reaches its limit is answered at once and its connection is of no further use: a file's engine is
 * a process, which is ended and so rolls back; the only connection of `:memory:` is a thread, which is rolled back and
 * kept, since its data lives in it. There a statement that is deep inside the engine ends first, so `settled` says
 * when the next can run.
 */
export class SqliteConnection {
  readonly #engine: EngineHost;
  readonly #path: string;
  readonly #database: string;
  readonly #pending = new Map<number, Pending>();
  readonly #opened = new Deferred<void>();
  readonly #exited = new Deferred<void>();
  /** What lay at the path when it was opened. */
  #file: string | undefined;
  #nextId = 1;
  #inTransaction = false;
  #end: DatabaseError | undefined;
  #settling: Promise<void> | undefined;

  private constructor(path: string, database: string) {
    this.#path = path;
    this.#database = database;
    const Engine = path === ':memory:' ? EngineThread : EngineProcess;
    this.#engine = new Engine(path, {
      onReply: (reply) => this.#receive(reply),
      onEnd: (cause) => this.#ended(cause),
    });
  }

  /** CONNECTION naming the path, or CONFIGURATION when better-sqlite3 is not installed. */
  static async open(path: string, database: string): Promise<SqliteConnection> {
    const connection = new SqliteConnection(path, database);
    try {
      await withDeadline(connection.#opened.promise, openTimeoutMs, () =>
        openError({ name: 'Error', message: `it did not open within ${openTimeoutMs} ms` }, database, path),
      );
    } catch (error) {
      void connection.#engine.end();
      throw error;
    }
    connection.#engine.keepAlive(false);
    return connection;
  }

  /** Whether a transaction was open after the last answer. */
  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  get isUsable(): boolean {
    return this.#end === undefined;
  }

  /** Whether the file it has open still lies at its path: what is written to one that was removed is lost with it. */
  get hasItsFile(): boolean {
    if (this.#file === undefined) return true;
    const present = fileAt(this.#path);
    return present === undefined || present === this.#file;
  }

  /** Whether a statement that was ended has not let go yet. */
  get isSettling(): boolean {
    return this.#settling !== undefined;
  }

  /** Resolves when a statement that was ended has let go; at once when there is none. */
  get settled(): Promise<void> {
    return this.#settling ?? Promise.resolve();
  }

  async run(statement: Omit<StatementRequest, 'id' | 'kind'>, limit: StatementLimit): Promise<Answer> {
    limit.throwIfReached();
    const pending = this.#send({ kind: 'statement', ...statement });
    let grace: NodeJS.Timeout | undefined;
    const stop = limit.watch((reason) => {
      pending.reason = reason;
      if (this.#callOff()) return pending.outcome.reject(reason);
      const giveUp = () => pending.outcome.reject(this.#engine.takesEffect ? this.#giveUp(reason) : reason);
      grace = setTimeout(giveUp, graceMs);
    });
    try {
      const outcome = await pending.outcome.promise;
      if (outcome.kind !== 'cancelled') return outcome;
      throw new DatabaseError(
        'TRANSACTION',
        `database '${this.#database}': the transaction was rolled back because another of its statements was ended`,
      );
    } finally {
      stop();
      clearTimeout(grace);
    }
  }

  /** Ends whatever runs and rolls back. */
  interrupt(): void {
    this.#callOff();
    this.#settling ??= this.#settle();
  }

  /**
   * Lets running statements end, at most `patienceMs`, then ends the engine, which is waited for as long again: a thread
   * may be deep in a statement. What is still in a transaction is rolled back.
   */
  async close(patienceMs: number): Promise<void> {
    if (this.#end === undefined) this.#send({ kind: 'close' }).outcome.promise.catch(() => undefined);
    this.#end ??= new DatabaseError('CLOSED', `database '${this.#database}' is closed`);
    if (await settlesWithin(this.#exited.promise, patienceMs)) return;
    await settlesWithin(this.#engine.end(), patienceMs);
  }

  /** Whether what runs was certainly called off: else it takes effect, or the end of the engine will tell. */
  #callOff(): boolean {
    const state = this.#engine.callOff();
    if (state !== 'takes-effect') this.#settling ??= this.#settle();
    return state === 'called-off';
  }

  #giveUp(cause: unknown): DatabaseError {
    this.#settling ??= this.#settle();
    const message = `database '${this.#database}': the connection was lost while the statement took effect; it may or may not be stored`;
    return new DatabaseError('OUTCOME_UNKNOWN', message, { cause });
  }

  async #settle(): Promise<void> {
    if (this.#path === ':memory:') {
      await this.#send({ kind: 'reset' }).outcome.promise.catch(() => undefined);
      this.#settling = undefined;
    } else {
      this.#end ??= new DatabaseError(
        'CONNECTION',
        `the connection to database '${this.#database}' was ended with the statement it ran`,
      );
      await this.#engine.end();
    }
  }

  #send(request: WithoutId<WorkerRequest>): Pending {
    const pending: Pending = { outcome: new Deferred() };
    const refusal = this.#end ?? (this.#pending.size >= maxPending ? this.#tooManyError() : undefined);
    if (refusal) {
      pending.outcome.reject(refusal);
      return pending;
    }
    const id = this.#nextId++;
    // First, as what cannot be sent is thrown here, and nobody would answer it.
    this.#engine.post({ ...request, id } satisfies WorkerRequest);
    this.#pending.set(id, pending);
    this.#engine.keepAlive(true);
    return pending;
  }

  #tooManyError(): DatabaseError {
    const message = `database '${this.#database}': ${maxPending} statements already wait on one connection`;
    return new DatabaseError('POOL', message);
  }

  #receive(reply: WorkerReply): void {
    switch (reply.kind) {
      case 'opened':
        if (this.#path !== ':memory:') this.#file = fileAt(this.#path);
        return this.#opened.resolve();
      case 'open-failed':
        return this.#opened.reject(openError(reply.failure, this.#database, this.#path));
      case 'outcome': {
        const pending = this.#pending.get(reply.id);
        this.#pending.delete(reply.id);
        this.#inTransaction = reply.inTransaction;
        // It ended by itself, but its transaction is lost.
        if (pending?.reason && !this.#engine.takesEffect) pending.outcome.reject(pending.reason);
        else pending?.outcome.resolve(reply.outcome);
        if (this.#pending.size === 0) {
          this.#engine.keepAlive(false);
          // Not before the answer is here: in between, a limit could call off what has already taken effect.
          this.#engine.rest();
        }
      }
    }
  }

  #ended(cause?: Error): void {
    const why = cause === undefined ? 'its engine ended' : `its engine failed: ${cause.message}`;
    this.#end ??= new DatabaseError('CONNECTION', `the connection to database '${this.#database}' was lost: ${why}`, {
      // To a file there will be another.
      retryable: this.#path !== ':memory:',
      cause,
    });
    this.#opened.reject(this.#end);
    for (const { outcome, reason = this.#end } of this.#pending.values())
      outcome.reject(this.#engine.takesEffect ? this.#giveUp(reason) : reason);
    this.#pending.clear();
    this.#inTransaction = false;
    this.#exited.resolve();
  }
}
