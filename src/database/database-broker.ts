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
import { BrokerStreams } from './broker-streams.js';
import {
  type DatabaseOperation,
  databaseCalls,
  type ParamsOf,
  type ResultOf,
  type WireStatement,
} from './database-calls.js';
import { DatabaseError } from './database-error.js';
import type { Database, QueryOptions, Transaction } from './database.js';
import type { RelayedDatabase } from './relay/open-relay.js';
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
  readonly #lookup: DatabaseLookup;
  readonly #relayOf: (name: string) => RelayedDatabase | undefined;
  readonly #idleLimitOf: IdleLimit;
  readonly #logger: Logger;

  constructor(
    lookup: DatabaseLookup,
    logger: Logger,
    relayOf: (name: string) => RelayedDatabase | undefined = () => undefined,
    idleLimitOf: IdleLimit = () => 0,
  ) {
    this.#lookup = lookup;
    this.#relayOf = relayOf;
    this.#idleLimitOf = idleLimitOf;
    this.#logger = logger;
  }

  async open(request: ServiceOpenRequest): Promise<ServiceConnection> {
    const { name, moduleId, openPipe, typedValues } = request;
    const logger = this.#logger.child({ module: moduleId, database: name });
    const idleLimitMs = this.#idleLimitOf(name, moduleId);
    const relayed = openPipe && this.#relayOf(name);
    if (!relayed) {
      const database = await this.#lookup(name, moduleId);
      const createSession = database.createSession && (() => database.createSession!());
      return new BrokeredConnection(infoOf(database), () => database, typedValues, logger, {
        name,
        idleLimitMs,
        createSession,
      });
    }
    const { engine, dialect, database, description, broker, isSingleConnection } = relayed;
    await relayed.start?.();
    const { connections: maxConnections, acquireTimeoutMs } = broker.limitsOf(moduleId);
    const one = { singleConnection: isSingleConnection, singleWriter: false };
    const told = { ...(dialect && { dialect }), ...(database !== undefined && { database }) };
    const info = {
      type: engine,
      engine,
      relayed: true,
      tellsWanted: true,
      description,
      maxConnections,
      acquireTimeoutMs,
      ...one,
      ...told,
    };
    const openRelay = ({ pipeId }: ParamsOf<'relay_open'>) => broker.open(moduleId, openPipe, pipeId);
    const wanted = (signal: AbortSignal) => broker.wanted(moduleId, signal);
    return new BrokeredConnection(info, () => this.#lookup(name, moduleId), typedValues, logger, {
      idleLimitMs,
      openRelay,
      wanted,
    });
  }
}

/** How long that module may leave a transaction idle, in ms; 0 for no limit. */
type IdleLimit = (name: string, moduleId: string) => number;
type DatabaseLookup = (name: string, moduleId: string) => Promise<BrokeredDatabase> | BrokeredDatabase;

function infoOf({ type, description, isSingleConnection, isSingleWriter }: BrokeredDatabase): JsonObject {
  return { type, engine: type, description, singleConnection: isSingleConnection, singleWriter: isSingleWriter };
}

type Handlers = { readonly [O in DatabaseOperation]: (params: ParamsOf<O>) => Promise<ResultOf<O>> };

interface ConnectionParts {
  /** For messages. */
  readonly name?: string;
  readonly idleLimitMs: number;
  readonly openRelay?: (pipe: ParamsOf<'relay_open'>) => () => void;
  readonly wanted?: (signal: AbortSignal) => Promise<void>;
  readonly createSession?: (() => SqliteSession) | undefined;
}

class BrokeredConnection implements ServiceConnection {
  readonly info: JsonObject;
  readonly typedValues: boolean;
  readonly #database: () => Promise<Database> | Database;
  readonly #openRelay: ((pipe: ParamsOf<'relay_open'>) => () => void) | undefined;
  readonly #relays = new Set<() => void>();
  readonly #wanted: ConnectionParts['wanted'];
  readonly #idleLimitMs: number;
  readonly #logger: Logger;
  readonly #transactions = new Map<string, Transaction>();
  readonly #streams = new BrokerStreams();
  readonly #sessions: BrokeredSessions | undefined;
  readonly #closed = new AbortController();

  constructor(
    info: JsonObject,
    database: () => Promise<Database> | Database,
    typedValues: boolean,
    logger: Logger,
    { name = '', idleLimitMs, openRelay, wanted, createSession }: ConnectionParts,
  ) {
    this.info = info;
    this.#openRelay = openRelay;
    this.#wanted = wanted;
    this.#idleLimitMs = idleLimitMs || Infinity;
    this.typedValues = typedValues;
    this.#database = database;
    if (createSession && typedValues) this.#sessions = new BrokeredSessions(createSession, name);
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
    await this.#streams.closeAll();
    const open = [...this.#transactions.values()];
    this.#transactions.clear();
    for (const endRelay of this.#relays) endRelay();
    const count = open.length + (this.#sessions?.close() ?? 0);
    if (count > 0) this.#logger.warn('rolled back transactions that were left open', { count });
    await Promise.allSettled(open.map((transaction) => transaction[Symbol.asyncDispose]()));
  }

  #handlers(signal?: AbortSignal): Handlers {
    const options = (statement: WireStatement): QueryOptions => this.#options(statement, signal);
    return {
      execute: async (call) => (await this.#database()).execute(call.sql, call.params, options(call)),
      query: async (call) => (await this.#database()).query(call.sql, call.params, options(call)),
      query_one: async (call) => (await this.#database()).queryOne(call.sql, call.params, options(call)),
      begin_transaction: (call) => this.#begin(call, signal),
      transaction_execute: (call) =>
        this.#transaction(call.transactionId).execute(call.sql, call.params, options(call)),
      transaction_query: (call) => this.#transaction(call.transactionId).query(call.sql, call.params, options(call)),
      transaction_query_one: (call) =>
        this.#transaction(call.transactionId).queryOne(call.sql, call.params, options(call)),
      transaction_commit: (call) => this.#take(call.transactionId).commit(),
      transaction_rollback: (call) => this.#take(call.transactionId).rollback(),
      stream_open: async ({ transactionId, sessionId, ...call }) => {
        if (sessionId !== undefined) return this.#streams.open(this.#sqlite.stream(call, sessionId, this.#signal()));
        const runner = transactionId === undefined ? await this.#database() : this.#transaction(transactionId);
        return this.#streams.open(runner.stream(call.sql, call.params, this.#options(call)));
      },
      stream_fetch: ({ streamId, count }) => this.#streams.fetch(streamId, count),
      stream_close: ({ streamId }) => this.#streams.close(streamId),
      ping: async () => (await this.#database()).ping(),
      relay_open: async (call) => this.#relay(call),
      relay_wanted: async () => (this.#wanted ?? notRelayed)(this.#signal(signal)),
      session_run: (call) => this.#sqlite.run(call, this.#signal(signal)),
      session_begin: (call) => this.#sqlite.begin(call, this.#signal(signal)),
      session_release: async (call) => this.#sqlite.release(call),
      close: () => this.close(),
    };
  }

  /** At once, before anything is awaited: what comes over the pipe follows right behind. */
  #relay(pipe: ParamsOf<'relay_open'>): void {
    this.#relays.add((this.#openRelay ?? notRelayed)(pipe));
  }

  async #begin(
    { isolation, readOnly, timeoutMs, idleTimeoutMs: asked = Infinity }: ParamsOf<'begin_transaction'>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const idleTimeoutMs = Math.min(asked, this.#idleLimitMs);
    const transaction = await (
      await this.#database()
    ).beginTransaction({
      readOnly,
      ...(isolation === undefined ? {} : { isolation }),
      ...(timeoutMs === undefined ? {} : { timeout: { milliseconds: timeoutMs } }),
      ...(idleTimeoutMs === Infinity ? {} : { idleTimeout: { milliseconds: idleTimeoutMs } }),
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

  #signal(signal?: AbortSignal): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
  }

  get #sqlite(): BrokeredSessions {
    if (this.#sessions) return this.#sessions;
    throw malformed('this database has no sessions; they are for SQLite, between two ends of this SDK');
  }

  /** The grant is one file. */
  #checkReach(call: object | string): void {
    if (this.info['type'] !== 'sqlite' || typeof call === 'string' || !('sql' in call)) return;
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

function notRelayed(): never {
  throw malformed('this database is not relayed');
}

function isOperation(operation: string): operation is DatabaseOperation {
  return Object.hasOwn(databaseCalls, operation);
}
