import type { DataSource } from 'typeorm';
import { type CredentialUser, Deferred, settlesWithin } from '../../foundation/index.js';
import { type LivePassword, probeFailure, unlessAborted } from '../server/live-password.js';
import type { ServerEngine, ServerOptions } from '../server/server-engine.js';
import type { StatementLimit } from '../statement-limit.js';

export interface DriverPoolsOptions {
  readonly name: string;
  readonly engine: ServerEngine;
  readonly live: LivePassword;
  /** What the DataSource logs in with. */
  readonly password: string;
}

const closeMs = 2_000;

/** A pool and who uses its connections. */
interface UsedPool {
  readonly pool: object;
  readonly password: string;
  users: number;
  unused: Deferred<void>;
}

/**
 * The pool of TypeORM's driver, which can be replaced under a DataSource that goes on: new runners take connections of
 * the new one, and those of the old one close as their runners are released.
 */
export class DriverPools {
  readonly #options: DriverPoolsOptions;
  readonly #dataSource: DataSource;
  #current: UsedPool;
  /** Proven, not in use yet, except where the server refuses the old password. */
  #proposed: UsedPool | undefined;
  /** Every pool that is open, but for the one the DataSource closes. */
  readonly #others = new Set<UsedPool>();

  /** The DataSource is initialized. */
  constructor(dataSource: DataSource, options: DriverPoolsOptions) {
    this.#options = options;
    this.#dataSource = dataSource;
    this.#current = usedPool(this.#swap.poolOf(dataSource.driver), options.password);
  }

  /** Takes a connection by `connect`, which is tried again after `forget` where the server refuses the password. */
  async take<T>(connect: () => Promise<T>, forget: () => void, limit: StatementLimit): Promise<[T, () => void]> {
    const { engine, live, name } = this.#options;
    let failure: { readonly own: unknown; readonly drivers: unknown } | undefined;
    const attempt = async (password: string): Promise<[T, () => void]> => {
      const used = this.#proposed?.password === password ? this.#proposed : this.#current;
      used.users += 1;
      try {
        return [await this.#during(used, connect), once(() => this.#leave(used))];
      } catch (error) {
        this.#leave(used);
        forget();
        failure = { own: engine.errorOf(error, name), drivers: error };
        throw failure.own;
      }
    };
    try {
      return await live.logIn(attempt, limit);
    } catch (error) {
      // Whoever uses TypeORM expects what its driver throws.
      throw error === failure?.own ? failure?.drivers : error;
    }
  }

  readonly prepare: CredentialUser['prepare'] = async (value, signal) => {
    const { name, live } = this.#options;
    const opening = this.#swap.open(this.#dataSource.driver, value);
    const closeLate = (pool: object): void => void this.#swap.close(pool, Promise.resolve()).catch(() => undefined);
    const pool = await unlessAborted(opening, signal, closeLate).catch((error: unknown) => {
      throw probeFailure(name, this.#options.engine.errorOf(error, name));
    });
    const [before, next] = [this.#current, usedPool(pool, value)];
    const decided = (current: UsedPool): void => {
      this.#proposed = undefined;
      this.#use(current);
    };
    try {
      const prepared = live.prepared(value, {
        switch: () => this.#use(next),
        retire: () => {
          decided(next);
          return this.#close(before);
        },
        goBack: () => {
          decided(before);
          return this.#close(next);
        },
      });
      this.#proposed = next;
      this.#others.add(next);
      return prepared;
    } catch (error) {
      closeLate(pool);
      throw error;
    }
  };

  /** How another DataSource logs in: with the password of that moment. */
  follow(options: ServerOptions): ServerOptions {
    const { live, password } = this.#options;
    return this.#swap.follow(options, () => live.known ?? password);
  }

  /** Closes what the DataSource, which is destroyed, knew nothing of. */
  async close(): Promise<void> {
    const closing = [...this.#others].map(({ pool }) => this.#swap.close(pool, Promise.resolve()));
    await settlesWithin(Promise.allSettled(closing), closeMs);
  }

  get #swap() {
    return this.#options.engine.swap!;
  }

  /** The driver chooses the pool before it waits for anything. */
  #during<T>({ pool, password }: UsedPool, connect: () => Promise<T>): Promise<T> {
    const { driver } = this.#dataSource;
    this.#swap.use(driver, pool, password);
    try {
      return connect();
    } finally {
      this.#swap.use(driver, this.#current.pool, this.#current.password);
    }
  }

  #use(used: UsedPool): void {
    if (used !== this.#current) this.#others.add(this.#current);
    this.#others.delete(used);
    this.#current = used;
    this.#swap.use(this.#dataSource.driver, used.pool, used.password);
  }

  #leave(used: UsedPool): void {
    used.users -= 1;
    if (used.users === 0) used.unused.resolve();
  }

  async #close(used: UsedPool): Promise<void> {
    used.unused = new Deferred();
    if (used.users === 0) used.unused.resolve();
    await this.#swap.close(used.pool, used.unused.promise);
    this.#others.delete(used);
  }
}

function usedPool(pool: object, password: string): UsedPool {
  return { pool, password, users: 0, unused: new Deferred() };
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}
