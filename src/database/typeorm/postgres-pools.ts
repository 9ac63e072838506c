import type { Pool, PoolClient, PoolConfig } from 'pg';
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

/** The pools made of its class that are open, and the clients that each has lent. */
export class OpenPools {
  readonly Pool: typeof Pool;
  readonly #open = new Map<Pool, Set<PoolClient>>();
  readonly #unwanted = new WeakSet<PoolClient>();

  constructor(Base: typeof Pool) {
    const open = this.#open;
    const unwanted = this.#unwanted;
    this.Pool = class extends Base {
      constructor(config?: PoolConfig) {
        super(config);
        for (const pool of open.keys()) if (pool.ending) open.delete(pool);
        const lent = new Set<PoolClient>();
        open.set(this, lent);
        this.on('acquire', (client) => void lent.add(client));
        this.on('release', (_error, client) => {
          lent.delete(client);
          if (unwanted.has(client)) void client.end();
        });
      }
    };
  }

  /** Those that are lent now close when they are given back: where each is taken again at once, none is ever idle. */
  closeUnused(): void {
    for (const [pool, lent] of this.#open) {
      if (pool.ending) this.#open.delete(pool);
      else for (let left = pool.idleCount; left > 0; left -= 1) void closeNext(pool);
      for (const client of lent) this.#unwanted.add(client);
    }
  }
}

/** What a pool lends is taken from its idle ones first. */
async function closeNext(pool: Pool): Promise<void> {
  const client = await pool.connect().catch(() => undefined);
  client?.release(true);
}
