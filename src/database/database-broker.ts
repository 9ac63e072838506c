import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { JsonObject, Logger } from '../foundation/index.js';
import type {
  ServiceBroker,
  ServiceCallOptions,
  ServiceConnection,
  ServiceOpenRequest,
  WireJson,
} from '../wire/index.js';
import {
  type DatabaseOperation,
  databaseCalls,
  type ParamsOf,
  type ResultOf,
  type WireStatement,
} from './database-calls.js';
import { DatabaseError } from './database-error.js';
import type { Database, QueryOptions, Transaction } from './database.js';
import { BrokeredSessions } from './sqlite/brokered-sessions.js';
import type { SqliteSession } from './sqlite/sqlite-session.js';
import { reachesOtherFiles } from './sqlite/statement-kind.js';
import { malformed } from './wire-values.js';

/** What the broker needs of a database; a `DirectDatabase` is one. */
export interface BrokeredDatabase extends Database {
  readonly description: string;
  readonly isSingleConnection: boolean;
  readonly isSingleWriter: boolean;
  /** A session of SQLite's own, which a module's TypeORM runs over. */
  createSession?(): SqliteSession;
}

/**
 * The orchestrator's end of the Database service. `lookup` finds or opens the database a module was granted and throws
 * otherwise; the broker never closes it. Each connection has transactions of its own, rolled back when it closes.
 */
export class DatabaseBroker implements ServiceBroker {
  readonly serviceType = 'Database';
  readonly operations = Object.keys(databaseCalls);
  readonly #lookup: (name: string) => Promise<BrokeredDatabase> | BrokeredDatabase;
  readonly #logger: Logger;

  constructor(lookup: (name: string) => Promise<BrokeredDatabase> | BrokeredDatabase, logger: Logger) {
    this.#lookup = lookup;
    this.#logger = logger;
  }

  async open(request: ServiceOpenRequest): Promise<ServiceConnection> {
    const database = await this.#lookup(request.name);
    return new BrokeredConnection(
      database,
      request.typedValues,
      this.#logger.child({ module: request.moduleId, database: request.name }),
    );
  }
}

type Handlers = { readonly [O in DatabaseOperation]: (params: ParamsOf<O>) => Promise<ResultOf<O>> };

class BrokeredConnection implements ServiceConnection {
  readonly info: JsonObject;
  readonly typedValues: boolean;
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #transactions = new Map<string, Transaction>();
  readonly #sessions: BrokeredSessions | undefined;
  readonly #closed = new AbortController();

  constructor(database: BrokeredDatabase, typedValues: boolean, logger: Logger) {
    this.info = {
      type: database.type,
      engine: database.type,
      description: database.description,
      singleConnection: database.isSingleConnection,
      singleWriter: database.isSingleWriter,
    };
    this.typedValues = typedValues;
    this.#database = database;
    if (database.createSession && typedValues) this.#sessions = new BrokeredSessions(() => database.createSession!());
    this.#logger = logger;
    // Every running statement listens; their number is bounded by the pool.
    setMaxListeners(0, this.#closed.signal);
  }

  async call(operation: string, params: WireJson, options: ServiceCallOptions = {}): Promise<WireJson> {
    this.#throwIfClosed();
    if (!isOperation(operation)) {
      throw malformed(`operation '${operation}' is not one of ${Object.keys(databaseCalls).join(', ')}`);
    }
    const { params: input, result } = databaseCalls[operation];
    const handler = this.#handlers(options.signal)[operation] as (params: unknown) => Promise<unknown>;
    const decoded = input.decode(params);
    this.#checkReach(decoded);
    const output = await handler(decoded);
    return (result.encode as (value: unknown, typed: boolean) => WireJson)(output, this.typedValues);
  }

  /** Ends what runs and rolls back what is open: a module that has gone must not hold a lock. */
  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    const open = [...this.#transactions.values()];
    this.#transactions.clear();
    const count = open.length + (this.#sessions?.close() ?? 0);
    if (count > 0) this.#logger.warn('rolled back transactions that were left open', { count });
    await Promise.allSettled(open.map((transaction) => transaction[Symbol.asyncDispose]()));
  }

  #handlers(signal?: AbortSignal): Handlers {
    const options = (statement: WireStatement): QueryOptions => this.#options(statement, signal);
    return {
      execute: (call) => this.#database.execute(call.sql, call.params, options(call)),
      query: (call) => this.#database.query(call.sql, call.params, options(call)),
      query_one: (call) => this.#database.queryOne(call.sql, call.params, options(call)),
      begin_transaction: (call) => this.#begin(call, signal),
      transaction_execute: (call) =>
        this.#transaction(call.transactionId).execute(call.sql, call.params, options(call)),
      transaction_query: (call) => this.#transaction(call.transactionId).query(call.sql, call.params, options(call)),
      transaction_query_one: (call) =>
        this.#transaction(call.transactionId).queryOne(call.sql, call.params, options(call)),
      transaction_commit: (call) => this.#take(call.transactionId).commit(),
      transaction_rollback: (call) => this.#take(call.transactionId).rollback(),
      session_run: (call) => this.#sqlite.run(call, this.#signal(signal)),
      session_begin: (call) => this.#sqlite.begin(call, this.#signal(signal)),
      session_release: async (call) => this.#sqlite.release(call),
      ping: () => this.#database.ping(),
      close: () => this.close(),
    };
  }

  async #begin(
    { readOnly, timeoutMs, idleTimeoutMs }: ParamsOf<'begin_transaction'>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const transaction = await this.#database.beginTransaction({
      readOnly,
      ...(timeoutMs === undefined ? {} : { timeout: { milliseconds: timeoutMs } }),
      ...(idleTimeoutMs === undefined ? {} : { idleTimeout: { milliseconds: idleTimeoutMs } }),
    });
    // The module may have gone, or given up, while it waited for its turn.
    if (this.#closed.signal.aborted || signal?.aborted) await transaction.rollback();
    this.#throwIfClosed();
    signal?.throwIfAborted();
    const id = randomUUID();
    this.#transactions.set(id, transaction);
    return id;
  }

  #options({ timeoutMs, readOnly }: WireStatement, signal?: AbortSignal): QueryOptions {
    return {
      signal: this.#signal(signal),
      ...(timeoutMs === undefined ? {} : { timeout: { milliseconds: timeoutMs } }),
      ...(readOnly === undefined ? {} : { readOnly }),
    };
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
  }

  get #sqlite(): BrokeredSessions {
    if (this.#sessions) return this.#sessions;
    throw malformed('this database has no sessions; they are for SQLite, between two ends of this SDK');
  }

  /** The grant is one file. */
  #checkReach(call: object | string): void {
    if (this.#database.type !== 'sqlite' || typeof call === 'string' || !('sql' in call)) return;
    if (!reachesOtherFiles(call.sql as string)) return;
    const message = 'ATTACH, DETACH and VACUUM INTO reach other files, which the orchestrator has not granted';
    throw new DatabaseError('QUERY', message, { details: { driverCode: 'SQLITE_AUTH' } });
  }

  #transaction(id: string): Transaction {
    const transaction = this.#transactions.get(id);
    if (transaction) return transaction;
    throw new DatabaseError(
      'TRANSACTION',
      `there is no open transaction '${id}'; it has ended, or belongs to another connection`,
    );
  }

  #take(id: string): Transaction {
    const transaction = this.#transaction(id);
    this.#transactions.delete(id);
    return transaction;
  }

  #throwIfClosed(): void {
    if (this.#closed.signal.aborted) throw new DatabaseError('CLOSED', 'this connection to the database is closed');
  }
}

function isOperation(operation: string): operation is DatabaseOperation {
  return Object.hasOwn(databaseCalls, operation);
}
