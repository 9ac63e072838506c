import type { Logger } from '../../foundation/index.js';
import type { DataSourceSchema } from '../data-source-schema.js';
import type { DirectDatabase } from '../direct-database.js';
import { openServerEngine } from '../open-server-engine.js';
import type { PoolSettings } from '../server/server-engine.js';
import { databaseCalls } from '../database-calls.js';
import { givingUpIdle } from './give-up-idle.js';
import { openRelayedStream, type RelaySession } from './open-relayed-stream.js';
import { loginTimeoutMs } from './relay-timeouts.js';

export interface RelayedDatabaseOptions extends RelaySession, Partial<DataSourceSchema> {
  readonly engine: RelayedEngine;
  /** Whether the service connection is closed with the database, or when that cannot be opened. Default true. */
  readonly ownsConnection?: boolean;
  readonly logger?: Logger;
}

export type RelayedEngine = 'postgres' | 'mysql';

const defaultConnections = 10;
const defaultAcquireMs = 5_000;
const closeTimeoutMs = 5_000;
const statementTimeoutMs = 30_000;
const idleTimeoutMs = 60_000;
const wantedMs = 3_600_000;

/** The engine of a relayed database, as its connection tells; undefined for others. */
export function relayedEngineOf({ connection }: Pick<RelaySession, 'connection'>): RelayedEngine | undefined {
  const { engine, relayed } = connection.info;
  return relayed === true && (engine === 'postgres' || engine === 'mysql') ? engine : undefined;
}

/**
 * A database that the orchestrator holds, with TypeORM and the engine's driver in this process over connections that it
 * lends. Rejects as `openDatabase`.
 */
export async function openRelayedDatabase(options: RelayedDatabaseOptions): Promise<DirectDatabase> {
  const {
    name,
    engine,
    connection,
    entities = [],
    migrations = [],
    typeorm = {},
    synchronize = false,
    ownsConnection = true,
    logger,
  } = options;
  const { description, dialect, database, maxConnections, acquireTimeoutMs: told, tellsWanted } = connection.info;
  const max = typeof maxConnections === 'number' ? maxConnections : defaultConnections;
  const acquireTimeoutMs = typeof told === 'number' ? told : defaultAcquireMs;
  const pool: PoolSettings = { max, idleTimeoutMs, connectTimeoutMs: acquireTimeoutMs + loginTimeoutMs };
  const source = {
    kind: 'stream',
    open: () => openRelayedStream(options),
    description: typeof description === 'string' ? description : engine,
    dialect: dialect === 'mariadb' ? dialect : undefined,
    database: typeof database === 'string' ? database : undefined,
    isSingleConnection: connection.info.singleConnection === true,
  } as const;
  const { openServerDatabase } = await import('../typeorm/server-database.js');
  const server = await openServerEngine(engine, source, name, pool);
  const close = async (): Promise<void> => {
    await server.close();
    if (ownsConnection) await connection.close();
  };
  const params = databaseCalls.relay_wanted.params.encode({}, true);
  const wanted = (signal: AbortSignal) => connection.call('relay_wanted', params, { timeoutMs: wantedMs, signal });
  return openServerDatabase({
    name,
    engine: tellsWanted === true ? givingUpIdle({ ...server, close }, wanted) : { ...server, close },
    entities,
    migrations,
    typeorm,
    synchronize,
    statementTimeoutMs,
    pool: { max, acquireTimeoutMs, closeTimeoutMs },
    mostConnections: max,
    logger,
  });
}
