import { DatabaseError, outcomeUnknown } from '../database-error.js';
import type { BeginOptions, CallOptions, DatabaseLink, RowData, StatementLink } from '../database-link.js';
import type { SqlValue } from '../database.js';
import type { ServerEngine } from '../server/server-engine.js';
import { wasNeverSent } from '../server/server-errors.js';
import { refuseControl } from '../server/transaction-statement.js';
import { onlyReads } from '../sqlite/statement-kind.js';
import { StatementLimit } from '../statement-limit.js';
import type { ConnectionGate } from './connection-gate.js';
import type { ServerDataSource } from './server-data-source.js';
import { ServerTransactionLink } from './server-transaction-link.js';

export interface ServerLinkOptions {
  readonly name: string;
  readonly dataSource: ServerDataSource;
  readonly engine: ServerEngine;
  readonly gate: ConnectionGate;
  readonly statementTimeoutMs: number;
}

/** Statements on a server by the connections of TypeORM's runners: one for each call, or one for a transaction. */
export class ServerLink implements DatabaseLink {
  readonly isSingleWriter = false;
  readonly #options: ServerLinkOptions;

  constructor(options: ServerLinkOptions) {
    this.#options = options;
  }

  get type(): ServerEngine['type'] {
    return this.#options.engine.type;
  }

  get isSingleConnection(): boolean {
    return this.#options.engine.isSingleConnection;
  }

  execute(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<number> {
    return this.#alone(sql, options, (link, limited) => link.execute(sql, params, limited));
  }

  query(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData[]> {
    return this.#alone(sql, options, (link, limited) => link.query(sql, params, limited));
  }

  queryOne(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData | null> {
    return this.#alone(sql, options, (link, limited) => link.queryOne(sql, params, limited));
  }

  async *stream(sql: string, params: readonly SqlValue[], options: CallOptions): AsyncGenerator<RowData> {
    refuseControl(sql, false, this.#options.name);
    const link = await this.#open(StatementLimit.left(options, this.#options.statementTimeoutMs));
    try {
      yield* link.stream(sql, params, options);
    } finally {
      await link.end();
    }
  }

  async begin({ readOnly, isolation }: BeginOptions): Promise<ServerTransactionLink> {
    const { engine, name, statementTimeoutMs } = this.#options;
    const link = await this.#open(new StatementLimit(statementTimeoutMs));
    try {
      for (const sql of engine.begin(isolation, readOnly)) await link.connection.run(sql, []);
      link.runner.isTransactionActive = true;
      Object.assign(link.runner, { transactionDepth: 1 });
      return link;
    } catch (error) {
      link.abandon();
      throw engine.errorOf(error, name);
    }
  }

  async ping(): Promise<void> {
    await this.query('SELECT 1', [], {});
  }

  async close(): Promise<void> {
    const { dataSource, engine, gate } = this.#options;
    await gate.close();
    if (dataSource.isInitialized) await dataSource.destroy();
    await dataSource.pools?.close();
    await engine.close();
  }

  async #alone<T>(
    sql: string,
    options: CallOptions,
    work: (link: StatementLink, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    refuseControl(sql, false, this.#options.name);
    const limit = StatementLimit.left(options, this.#options.statementTimeoutMs);
    const link = await this.#open(limit);
    try {
      return await work(link, { ...options, timeoutMs: limit.remainingMs });
    } catch (error) {
      // The link knew only what was left of the time.
      const isTimeout = error instanceof DatabaseError && error.code === 'TIMEOUT';
      throw this.#uncertain(isTimeout ? (limit.reached ?? error) : error, sql);
    } finally {
      await link.end();
    }
  }

  /** A change whose answer was lost with the connection may have been kept. */
  #uncertain(error: unknown, sql: string): unknown {
    if (!(error instanceof DatabaseError) || error.code !== 'CONNECTION' || onlyReads(sql)) return error;
    return wasNeverSent(error) ? error : outcomeUnknown(error, 'statement');
  }

  async #open(limit: StatementLimit): Promise<ServerTransactionLink> {
    const { dataSource, engine, name, statementTimeoutMs } = this.#options;
    const owned = dataSource.createOwnQueryRunner(limit);
    const connecting = owned.runner.connect();
    try {
      await limit.during(connecting);
      const connection = await engine.connectionOf(owned.runner);
      return new ServerTransactionLink({ name, engine, connection, owned, statementTimeoutMs });
    } catch (error) {
      // One that comes too late goes back as soon as it is there.
      void Promise.allSettled([connecting])
        .then(() => owned.end())
        .catch(() => undefined);
      throw engine.errorOf(error, name);
    }
  }
}
