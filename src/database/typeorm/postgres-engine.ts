import type { Duplex } from 'node:stream';
import type { PoolClient } from 'pg';
import type queryStreamPackage from 'pg-query-stream';
import { loadDriver } from '../load-driver.js';
import type { SqlValue } from '../database.js';
import { type CancelTarget, requestCancel } from '../postgres/cancel-request.js';
import { loadPg, type Pg } from '../postgres/load-pg.js';
import {
  cancelDeadlineMs,
  type PoolSettings,
  type ServerConnection,
  type ServerEngine,
  type ServerResult,
} from '../server/server-engine.js';
import { hearOfEnd, throwIfEnded } from '../server/left-idle.js';
import { leftIdleCodes, postgresError } from '../server/server-errors.js';
import { clientEndingStreams } from './ended-streams.js';
import { OpenPools, postgresPools } from './postgres-pools.js';
import { postgresLoginOf, withoutTls } from '../server/postgres-login.js';
import { describeServer, type ServerAddress, type ServerDialect } from '../server/server-url.js';
import { postgresParameter } from '../server/postgres-parameters.js';
import { postgresTypes } from '../server/postgres-types.js';

/** How pg reaches a server: by its address, or over streams of somebody else's that need no login. */
export type PostgresSource =
  | { readonly kind: 'server'; readonly address: ServerAddress }
  | {
      readonly kind: 'stream';
      readonly open: () => Duplex;
      readonly description: string;
      /** For MySQL alone. */
      readonly dialect?: ServerDialect | undefined;
      readonly database?: string | undefined;
      /** All of them share one connection to the engine. */
      readonly isSingleConnection: boolean;
      readonly close?: () => Promise<void>;
    };

type QueryStreamClass = typeof queryStreamPackage;

const rowsAtOnce = 100;

/** PostgreSQL by pg. Throws CONFIGURATION when the package is missing. */
export async function postgresEngine(source: PostgresSource, name: string, pool: PoolSettings): Promise<ServerEngine> {
  const pg = await loadPg(name);
  const { database } = source.kind === 'server' ? source.address : source;
  const config = {
    ...(source.kind === 'server'
      ? postgresLoginOf(source.address)
      : { stream: source.open, user: 'postgres', host: 'relayed', ...withoutTls }),
    // It would come before all of these.
    connectionString: undefined,
    connectionTimeoutMillis: pool.connectTimeoutMs,
    idleTimeoutMillis: pool.idleTimeoutMs,
  };
  const pools = source.kind === 'stream' ? new OpenPools(pg.Pool) : undefined;
  const Client = clientEndingStreams(pg.Client);
  return {
    type: 'postgres',
    description: source.kind === 'server' ? describeServer(source.address) : source.description,
    isSingleConnection: source.kind === 'stream' && source.isSingleConnection,
    options: {
      type: 'postgres',
      // TypeORM would prefer a native one, wherever pg-native happens to be installed.
      driver: { ...pg, defaults: pg.defaults, Pool: pools?.Pool ?? pg.Pool, native: undefined },
      ...(database !== undefined && { database }),
      extra: { ...config, Client, max: pool.max },
      // Since PostgreSQL 13 its function is part of the server, so that generated UUIDs need no extension.
      uuidExtension: 'pgcrypto',
    },
    connectionOf: async (runner) =>
      new PostgresConnection((await runner.connect()) as PoolClient, {
        newClient: () => new pg.Client(config),
        queryStream: () => loadDriver<QueryStreamClass>(() => import('pg-query-stream'), 'pg-query-stream', name),
      }),
    begin: (isolation, readOnly) => {
      const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
      return [`START TRANSACTION${level}${readOnly ? ' READ ONLY' : ''}`];
    },
    // What a savepoint is rolled back to undoes the setting, too.
    readOnly: (inTransaction) =>
      inTransaction
        ? {
            before: 'SAVEPOINT pywatt_read;SET LOCAL transaction_read_only = on',
            after: 'ROLLBACK TO SAVEPOINT pywatt_read',
          }
        : { before: 'START TRANSACTION READ ONLY', after: 'ROLLBACK' },
    errorOf: postgresError,
    ...(source.kind === 'server' && { swap: postgresPools }),
    ...(pools && { closeUnused: () => pools.closeUnused() }),
    close: async () => (source.kind === 'stream' ? source.close?.() : undefined),
  };
}

interface PostgresTools {
  readonly newClient: () => InstanceType<Pg['Client']>;
  readonly queryStream: () => Promise<QueryStreamClass>;
}

/** What of pg's client its types leave out. */
interface ClientInternals extends CancelTarget {
  readonly connection: { readonly stream: Duplex };
}

class PostgresConnection implements ServerConnection {
  readonly #client: PoolClient;
  readonly #tools: PostgresTools;

  constructor(client: PoolClient, tools: PostgresTools) {
    this.#client = client;
    this.#tools = tools;
    hearOfEnd(client, leftIdleCodes.postgres);
  }

  async run(text: string, params: readonly SqlValue[]): Promise<ServerResult> {
    throwIfEnded(this.#client);
    const values = params.map(postgresParameter);
    // The simple protocol would run several statements of one text.
    const query = { text, values, types: postgresTypes, queryMode: 'extended' };
    const result = await this.#client.query<Record<string, unknown>>(query);
    return { rows: result.rows, affected: result.command === 'SELECT' ? 0 : (result.rowCount ?? 0) };
  }

  async *stream(text: string, params: readonly SqlValue[]): AsyncGenerator<Record<string, unknown>> {
    const QueryStream = await this.#tools.queryStream();
    const options = { batchSize: rowsAtOnce, highWaterMark: rowsAtOnce, types: postgresTypes };
    const rows = this.#client.query(new QueryStream(text, params.map(postgresParameter), options as object));
    yield* rows as AsyncIterable<Record<string, unknown>>;
  }

  async cancel(): Promise<void> {
    const target = this.#client as unknown as ClientInternals;
    await requestCancel(target, this.#tools.newClient(), cancelDeadlineMs);
  }

  async destroy(): Promise<void> {
    const { stream } = (this.#client as unknown as ClientInternals).connection;
    stream.destroy();
    if (!stream.closed) await new Promise<void>((resolve) => stream.once('close', resolve));
    // A stream is closed before it says so, and only then does pg know that the client is of no use to its pool.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
