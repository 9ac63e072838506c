import { Worker } from 'node:worker_threads';
import { Deferred, settlesWithin, withDeadline } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import type { StatementLimit } from '../statement-limit.js';
import { endThread } from './end-thread.js';
import { openError } from './sqlite-error.js';
import { workerUrl } from '../worker-location.js';
import {
  progress,
  type StatementOutcome,
  type StatementRequest,
  type WorkerOptions,
  type WorkerReply,
  type WorkerRequest,
} from './worker-messages.js';

type Answer = Exclude<StatementOutcome, { kind: 'cancelled' }>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

const openTimeoutMs = 10_000;
/** How much longer a statement that already takes effect is waited for before its outcome is called unknown. */
const effectGraceMs = 2_000;
const maxPending = 10_000;

/**
 * One connection: a worker thread with one better-sqlite3 database. Statements run in the order they are given.
 *
 * A statement that reaches its limit is answered at once and its connection is of no further use: a file's worker is
 * ended, which rolls back; the only connection of `:memory:` is rolled back and kept, since its data lives in it. A
 * statement that is deep inside the engine ends there first, so `settled` says when the locks are really free.
 */
export class SqliteConnection {
  readonly #worker: Worker;
  readonly #options: WorkerOptions;
  readonly #database: string;
  readonly #state: Int32Array;
  readonly #pending = new Map<number, Deferred<StatementOutcome>>();
  readonly #opened = new Deferred<void>();
  readonly #exited = new Deferred<void>();
  #nextId = 1;
  #inTransaction = false;
  #end: DatabaseError | undefined;
  #settling: Promise<void> | undefined;

  private constructor(path: string, database: string) {
    this.#options = { path, control: new SharedArrayBuffer(4) };
    this.#database = database;
    this.#state = new Int32Array(this.#options.control);
    // stdout is the wire and the environment holds secrets: the worker gets neither.
    this.#worker = new Worker(workerUrl('sqlite-worker'), {
      workerData: this.#options,
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    this.#worker.on('message', (reply: WorkerReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#ended(error));
    this.#worker.on('exit', () => this.#ended());
  }

  /** CONNECTION naming the path, or CONFIGURATION when better-sqlite3 is not installed. */
  static async open(path: string, database: string): Promise<SqliteConnection> {
    const connection = new SqliteConnection(path, database);
    try {
      await withDeadline(connection.#opened.promise, openTimeoutMs, () =>
        openError({ name: 'Error', message: `it did not open within ${openTimeoutMs} ms` }, database, path),
      );
    } catch (error) {
      void endThread(connection.#worker);
      throw error;
    }
    connection.#worker.unref();
    return connection;
  }

  /** Whether a transaction was open after the last answer. */
  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  get isUsable(): boolean {
    return this.#end === undefined;
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
    const answer = this.#send({ kind: 'statement', ...statement });
    let stop = () => {};
    let grace: NodeJS.Timeout | undefined;
    const limited = new Promise<never>((_resolve, reject) => {
      stop = limit.watch((reason) => {
        if (this.#cancel()) reject(reason);
        else grace = setTimeout(() => reject(this.#giveUp(reason)), effectGraceMs);
      });
    });
    try {
      const outcome = await Promise.race([answer, limited]);
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
    this.#cancel();
    this.#settling ??= this.#settle();
  }

  /**
   * Lets running statements end, at most `graceMs`, then ends the worker, which is waited for as long again: the engine
   * may be deep in a statement. What is still in a transaction is rolled back.
   */
  async close(graceMs: number): Promise<void> {
    if (this.#end === undefined) this.#send({ kind: 'close' }).catch(() => undefined);
    this.#end ??= new DatabaseError('CLOSED', `database '${this.#database}' is closed`);
    if (await settlesWithin(this.#exited.promise, graceMs)) return;
    await settlesWithin(endThread(this.#worker), graceMs);
  }

  /** Whether what runs was called off; false when it already takes effect. */
  #cancel(): boolean {
    const before = Atomics.compareExchange(this.#state, 0, progress.free, progress.cancelled);
    if (before === progress.takingEffect) return false;
    this.#settling ??= this.#settle();
    return true;
  }

  #giveUp(cause: unknown): DatabaseError {
    this.#settling ??= this.#settle();
    const message = `database '${this.#database}': the connection was lost while the statement took effect; it may or may not be stored`;
    return new DatabaseError('OUTCOME_UNKNOWN', message, { cause });
  }

  async #settle(): Promise<void> {
    if (this.#options.path === ':memory:') {
      await this.#send({ kind: 'reset' }).catch(() => undefined);
      this.#settling = undefined;
    } else {
      this.#end ??= new DatabaseError(
        'CONNECTION',
        `the connection to database '${this.#database}' was ended with the statement it ran`,
      );
      await endThread(this.#worker);
    }
  }

  #send(request: WithoutId<WorkerRequest>): Promise<StatementOutcome> {
    if (this.#end) return Promise.reject(this.#end);
    if (this.#pending.size >= maxPending) {
      return Promise.reject(
        new DatabaseError(
          'POOL',
          `database '${this.#database}': ${maxPending} statements already wait on one connection`,
        ),
      );
    }
    const id = this.#nextId++;
    const deferred = new Deferred<StatementOutcome>();
    // First, as what cannot be sent is thrown here, and nobody would answer it.
    this.#worker.postMessage({ ...request, id } satisfies WorkerRequest);
    this.#pending.set(id, deferred);
    this.#worker.ref();
    return deferred.promise;
  }

  #receive(reply: WorkerReply): void {
    switch (reply.kind) {
      case 'opened':
        return this.#opened.resolve();
      case 'open-failed':
        return this.#opened.reject(openError(reply.failure, this.#database, this.#options.path));
      case 'outcome': {
        this.#inTransaction = reply.inTransaction;
        const deferred = this.#pending.get(reply.id);
        this.#pending.delete(reply.id);
        if (this.#pending.size === 0) {
          this.#worker.unref();
          // Not before the answer is here: in between, a limit could call off what has already taken effect.
          Atomics.compareExchange(this.#state, 0, progress.takingEffect, progress.free);
        }
        deferred?.resolve(reply.outcome);
      }
    }
  }

  #ended(cause?: Error): void {
    const why = cause === undefined ? 'its worker ended' : `its worker failed: ${cause.message}`;
    this.#end ??= new DatabaseError('CONNECTION', `the connection to database '${this.#database}' was lost: ${why}`, {
      cause,
    });
    this.#opened.reject(this.#end);
    const isTakingEffect = Atomics.load(this.#state, 0) === progress.takingEffect;
    for (const deferred of this.#pending.values())
      deferred.reject(isTakingEffect ? this.#giveUp(this.#end) : this.#end);
    this.#pending.clear();
    this.#inTransaction = false;
    this.#exited.resolve();
  }
}
