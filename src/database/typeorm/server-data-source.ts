import type { DataSource, DataSourceOptions, QueryRunner } from 'typeorm';
import { another, type SharedDataSource } from '../create-data-source.js';
import type { DataSourceSchema } from '../data-source-schema.js';
import type { DatabaseError } from '../database-error.js';
import { StatementLimit } from '../statement-limit.js';
import type { ConnectionGate } from './connection-gate.js';
import type { ServerOptions } from '../server/server-engine.js';
import { dataSourceOptions } from './data-source-options.js';
import type { DriverPools } from './driver-pools.js';
import { LockingDataSource, type ReplicationMode } from './locking-data-source.js';
import { ownPool, unheededExtra } from './own-pool.js';
import type { OwnedRunner } from './owned-runner.js';
import type { UnheededOptions } from './unheeded-options.js';

/** Where the code that asks for a runner stands. */
export type ServerRunnerPlace =
  | { readonly kind: 'free' }
  /** In a transaction that TypeORM's calls join. */
  | { readonly kind: 'joined'; readonly runner: QueryRunner }
  /** Where a runner would wait for the very transaction it stands in, or where that has ended. */
  | { readonly kind: 'refused'; readonly error: DatabaseError };

export interface ServerDataSourceOptions {
  readonly name: string;
  readonly gate: ConnectionGate;
  readonly statementTimeoutMs: number;
  /** How every DataSource of the engine connects. */
  readonly engine: ServerOptions;
  /** Connections of a DataSource at most, where somebody else holds them. */
  readonly mostConnections: number;
  /** Told of options that have no effect. */
  readonly unheeded: UnheededOptions;
  readonly place: () => ServerRunnerPlace;
}

/** A TypeORM DataSource whose runners join the transaction the caller stands in, and wait in line for a connection. */
export class ServerDataSource extends LockingDataSource implements SharedDataSource {
  readonly #options: ServerDataSourceOptions;
  /** Where its password may be replaced; set once it is initialized. */
  pools: DriverPools | undefined;

  constructor(options: DataSourceOptions, own: ServerDataSourceOptions) {
    super(options, own.name);
    this.#options = own;
  }

  protected override newQueryRunner(mode?: ReplicationMode): QueryRunner {
    const place = this.#options.place();
    if (place.kind === 'refused') throw place.error;
    if (place.kind === 'joined') return place.runner;
    return this.#inLine(super.newQueryRunner(mode), new StatementLimit(this.#options.statementTimeoutMs));
  }

  /** A plain one, with a pool of its own. */
  [another](schema: DataSourceSchema): DataSource {
    const { engine, mostConnections, name, unheeded } = this.#options;
    const { typeorm, type } = schema;
    const pool = ownPool(engine, typeorm, mostConnections);
    if (pool.asked !== undefined) unheeded.poolSize(pool.asked, mostConnections);
    // What was written for TypeORM says where it connects, too, as is known.
    if (type === undefined) unheeded.extra(unheededExtra(engine, typeorm, pool.extra));
    return new LockingDataSource(dataSourceOptions(this.pools?.follow(engine) ?? engine, schema, pool.extra), name);
  }

  /** Wherever the caller stands. */
  createOwnQueryRunner(limit: StatementLimit): OwnedRunner {
    return this.owned(this.#inLine(super.newQueryRunner('master'), limit));
  }

  /** TypeORM asks a runner to connect before each query; the first time it takes a place, which its release gives back. */
  #inLine<R extends QueryRunner>(runner: R, limit: StatementLimit): R {
    const { gate } = this.#options;
    const connect = runner.connect.bind(runner) as () => Promise<unknown>;
    const release = runner.release.bind(runner);
    const { pools } = this;
    const forget = (): void => void Object.assign(runner, { databaseConnectionPromise: undefined });
    let place: Promise<() => void> | undefined;
    let taken: Promise<[unknown, () => void]> | undefined;
    return Object.assign(runner, {
      connect: async () => {
        place ??= gate.enter(limit);
        await place;
        if (!pools) return connect();
        taken ??= pools.take(connect, forget, limit);
        return (await taken)[0];
      },
      release: async (lost?: Error) => {
        try {
          // TypeORM's own way to tell pg's pool; mysql2's notices by itself.
          if (lost && isPostgres(runner)) await runner.releasePostgresConnection(lost);
          else await release();
        } finally {
          taken?.then(
            ([, leave]) => leave(),
            () => undefined,
          );
          place?.then(
            (leave) => leave(),
            () => undefined,
          );
        }
      },
    });
  }
}

function isPostgres(runner: object): runner is { releasePostgresConnection(error: Error): Promise<void> } {
  return 'releasePostgresConnection' in runner;
}
