import type { Pool } from 'pg';
import type { PoolSwap, ServerOptions } from '../server/server-engine.js';

/** What of TypeORM's driver for PostgreSQL is protected. */
interface PostgresDriver {
  readonly options: { readonly extra: { password?: string } };
  master: object;
  createPool(options: object, credentials: object): Promise<object>;
}

/** pg's pool closes what is given back after its end by itself. */
export const postgresPools: PoolSwap = {
  poolOf: (driver) => driverOf(driver).master,
  use: (driver, pool, password) => {
    const postgres = driverOf(driver);
    postgres.master = pool;
    postgres.options.extra.password = password;
  },
  open: (driver, password) => {
    const postgres = driverOf(driver);
    const { options } = postgres;
    return postgres.createPool({ ...options, extra: { ...options.extra, password } }, options);
  },
  follow: (options, password): ServerOptions => ({
    ...options,
    extra: { ...(options.extra as object | undefined), password },
  }),
  close: (pool) => (pool as Pool).end(),
};

const driverOf = (driver: object): PostgresDriver => driver as unknown as PostgresDriver;
