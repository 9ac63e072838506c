import { type CredentialUser, type Logger, messageOf } from '../../foundation/index.js';
import type { DataSourceSchema } from '../data-source-schema.js';
import { DatabaseError } from '../database-error.js';
import type { DirectDatabase } from '../direct-database.js';
import type { LivePassword } from '../server/live-password.js';
import type { ServerEngine } from '../server/server-engine.js';
import { ConnectionGate, type ConnectionGateOptions } from './connection-gate.js';
import { DriverPools } from './driver-pools.js';
import { ServerDataSource, type ServerRunnerPlace } from './server-data-source.js';
import { ServerLink } from './server-link.js';
import type { ServerTransactionLink } from './server-transaction-link.js';
import { unheededExtra } from './own-pool.js';
import { UnheededOptions } from './unheeded-options.js';
import { DataSourceDatabase } from './data-source-database.js';
import { dataSourceOptions, type EngineOptions } from './data-source-options.js';

export interface ServerDatabaseOptions extends DataSourceSchema {
  readonly name: string;
  readonly engine: ServerEngine;
  readonly statementTimeoutMs: number;
  /** The password that the engine logs in with, where it may be replaced. */
  readonly credential?: { readonly live: LivePassword; readonly password: string };
  readonly pool: Omit<ConnectionGateOptions, 'name' | 'refusal' | 'isSingle'>;
  /** Connections that one DataSource may have at most, those beside the injected one among them. Default: as many as it asks for. */
  readonly mostConnections?: number;
  readonly logger?: Logger | undefined;
}

/** Connects, so that a wrong host, password or name fails here and not at the first query. */
export async function openServerDatabase(options: ServerDatabaseOptions): Promise<DirectDatabase> {
  const { name, engine, statementTimeoutMs } = options;
  const unheeded = new UnheededOptions(name, options.logger);
  unheeded.extra(unheededExtra(engine.options, options.typeorm));
  let database: ServerDatabase | undefined;
  const live = options.credential?.live;
  const isSingle = engine.isSingleConnection || options.pool.max === 1;
  const gate = new ConnectionGate({ ...options.pool, isSingle, name, refusal: () => live?.refusal });
  const dataSource = new ServerDataSource(dataSourceOptions(injectedOptions(options), options), {
    name,
    gate,
    statementTimeoutMs,
    engine: engine.options,
    mostConnections: options.mostConnections ?? Infinity,
    unheeded,
    place: () => database?.place() ?? { kind: 'free' },
  });
  const { driver } = dataSource;
  const connect = driver.connect.bind(driver);
  let isConnected = false;
  driver.connect = async () => {
    await connect();
    isConnected = true;
  };
  try {
    await dataSource.initialize();
  } catch (error) {
    await engine.close();
    throw openFailure(error, isConnected, options);
  }
  if (options.credential && engine.swap)
    dataSource.pools = new DriverPools(dataSource, { name, engine, ...options.credential });
  database = new ServerDatabase(
    name,
    new ServerLink({ name, dataSource, engine, gate, statementTimeoutMs }),
    dataSource,
    engine,
  );
  return database;
}

class ServerDatabase extends DataSourceDatabase {
  readonly prepare: CredentialUser['prepare'] | undefined;

  constructor(name: string, link: ServerLink, dataSource: ServerDataSource, engine: ServerEngine) {
    super(name, link, dataSource, engine.description);
    this.prepare = dataSource.pools?.prepare;
  }

  /** Where TypeORM's calls stand: like those of the port. */
  place(): ServerRunnerPlace {
    const { standing } = this;
    switch (standing.kind) {
      case 'free':
        return { kind: 'free' };
      case 'joined':
        if (!standing.transaction.isOpen) return { kind: 'refused', error: this.endedError() };
        return { kind: 'joined', runner: (standing.transaction.link as ServerTransactionLink).runner };
      case 'outside':
        if (!this.isSingleConnection) return { kind: 'free' };
        return { kind: 'refused', error: this.outsideError('has only one connection') };
    }
  }
}

/**
 * TypeORM would install the extensions that columns need whenever it opens. A database that nobody asked to change stays as
 * it is: extensions come with the tables (`synchronize`), or where the program lists some.
 */
function injectedOptions({ engine: { options }, typeorm, synchronize }: ServerDatabaseOptions): EngineOptions {
  const mayInstall = (typeorm.synchronize ?? synchronize) || typeorm.extensions !== undefined;
  return options.type !== 'postgres' || mayInstall ? options : { ...options, installExtensions: false };
}

function openFailure(error: unknown, isConnected: boolean, { name, engine }: ServerDatabaseOptions): DatabaseError {
  const failure = engine.errorOf(error, name);
  const cause = failure.cause ?? failure;
  // What the driver has no code for before it is connected is no answer that the protocol knows, or no TLS.
  const isNoAnswer = failure.code === 'QUERY' && !isConnected && failure.details['driverCode'] === undefined;
  if (failure.code === 'CONNECTION' || isNoAnswer) {
    const message = `database '${name}': cannot connect to ${engine.description}: ${messageOf(cause)}`;
    return new DatabaseError('CONNECTION', message, { retryable: true, details: failure.details, cause });
  }
  if (failure.code !== 'QUERY') return failure;
  const what = isConnected ? 'set up for its entities' : 'opened';
  const message = `database '${name}' cannot be ${what}: ${messageOf(cause)}`;
  return new DatabaseError('CONFIGURATION', message, { details: failure.details, cause });
}
