import type { Pool, PoolConnection } from 'mysql2';
import { endStreamsOf } from './ended-streams.js';
import type { PoolSwap, ServerOptions } from '../server/server-engine.js';

/** What of TypeORM's driver for MySQL is protected. */
interface MysqlDriver {
  readonly options: { readonly extra: { password?: string } };
  pool: object;
  createConnectionOptions(options: object, credentials: object): object;
  createPool(options: object): Promise<object>;
}

interface MysqlPackage {
  createPool(options: object): object;
  createPoolCluster(options: object): object;
}

/** What of mysql2's cluster of pools, TypeORM's `replication`, is used. */
interface PoolCluster {
  add(id: string, options: object): void;
  readonly ['_nodes']: Readonly<Record<string, { readonly pool: object }>>;
}

/** What of mysql2's pool its types leave out. */
interface PoolInternals {
  readonly config: { readonly connectionConfig: object };
  readonly ['_closed']: boolean;
  readonly ['_freeConnections']: Connections;
  readonly ['_allConnections']: Connections;
}

interface Connections {
  readonly length: number;
  get(index: number): PoolConnection;
}

/** `login` is for the connections that TypeORM knows nothing of. */
export function mysqlPools(login: { password?: string }): PoolSwap {
  return {
    poolOf: (driver) => driverOf(driver).pool,
    use: (driver, pool, password) => {
      const mysql = driverOf(driver);
      mysql.pool = pool;
      mysql.options.extra.password = password;
      login.password = password;
    },
    open: (driver, password) => {
      const mysql = driverOf(driver);
      const { options } = mysql;
      const extra = { ...options.extra, password };
      return mysql.createPool(mysql.createConnectionOptions({ ...options, extra }, options));
    },
    follow: (options, password): ServerOptions => {
      const { driver } = options as { readonly driver: MysqlPackage };
      const following = tellingOfPools(driver, (pool) =>
        Object.defineProperty((pool as PoolInternals).config.connectionConfig, 'password', { get: password }),
      );
      return { ...options, driver: following };
    },
    close: async (given, unused) => {
      const pool = given as Pool;
      pool.on('release', (connection) => connection.destroy());
      closeIdle(pool);
      // Its end would cut off whoever still uses one.
      await unused;
      await new Promise<void>((resolve, reject) => pool.end((error) => (error ? reject(error) : resolve())));
    },
  };
}

/** The driver with the pools that it made and that are open. */
export function withOpenPools<D extends MysqlPackage>(
  driver: D,
): { readonly driver: D; readonly closeUnused: () => void } {
  const open = new Set<object>();
  const forEachOpen = (work: (pool: object) => void): void => {
    for (const pool of open)
      if ((pool as PoolInternals)['_closed']) open.delete(pool);
      else work(pool);
  };
  const noted = (pool: object): void => {
    forEachOpen(() => undefined);
    open.add(pool);
  };
  return { driver: tellingOfPools(driver, noted), closeUnused: () => forEachOpen(closeUnused) };
}

/** The driver with pools whose streams of rows end when their connection does. */
export function endingStreams<D extends MysqlPackage>(driver: D): D {
  return tellingOfPools(driver, (pool) => (pool as Pool).on('connection', endStreamsOf));
}

/** The driver, and `made` is told of each of its pools, those of a cluster among them. */
function tellingOfPools<D extends MysqlPackage>(driver: D, made: (pool: object) => void): D {
  const createPool: MysqlPackage['createPool'] = (options) => {
    const pool = driver.createPool(options);
    made(pool);
    return pool;
  };
  const createPoolCluster: MysqlPackage['createPoolCluster'] = (options) => {
    const cluster = driver.createPoolCluster(options) as PoolCluster;
    const add = cluster.add.bind(cluster);
    return Object.assign(cluster, {
      add: (id: string, nodeOptions: object) => {
        add(id, nodeOptions);
        made(cluster['_nodes'][id]!.pool);
      },
    });
  };
  return { ...driver, createPool, createPoolCluster };
}

function closeIdle(pool: object): void {
  const { _freeConnections: idle } = pool as PoolInternals;
  while (idle.length > 0) idle.get(0).destroy();
}

/** Those that are lent now close when they are given back: where each is taken again at once, none is ever idle. */
function closeUnused(pool: object): void {
  closeIdle(pool);
  const { _allConnections: lent } = pool as PoolInternals;
  for (let index = 0; index < lent.length; index += 1) {
    const connection = lent.get(index);
    connection.release = () => connection.destroy();
  }
}

const driverOf = (driver: object): MysqlDriver => driver as unknown as MysqlDriver;
