import type { DataSourceOptions, Driver, QueryRunner } from 'typeorm';
import type { DatabaseError } from '../database-error.js';
import type { IsolationLevel, SqlValue } from '../database.js';

/** What a statement gave. */
export interface ServerResult {
  readonly rows: Record<string, unknown>[];
  readonly affected: number;
}

/** How long a request to end a statement may take, and then the statement, before its connection is given up. */
export const cancelDeadlineMs = 2_000;

/** One connection of the driver's pool, while somebody holds it. */
export interface ServerConnection {
  run(sql: string, params: readonly SqlValue[]): Promise<ServerResult>;
  /** Rows as a cursor of the server gives them; ending the iteration early closes it. */
  stream(sql: string, params: readonly SqlValue[]): AsyncIterable<Record<string, unknown>>;
  /** Ends the statement that runs, over another connection. Rejects when that cannot be done within `cancelDeadlineMs`. */
  cancel(): Promise<void>;
  /** Closes it: the server rolls back what is open. Resolves once the driver knows; then its runner may be released. */
  destroy(): Promise<void>;
}

export interface PoolSettings {
  readonly max: number;
  /** How long a connection may be idle before it is closed. */
  readonly idleTimeoutMs: number;
  /** The longest login. */
  readonly connectTimeoutMs: number;
}

/** For TypeORM, without entities and the like. */
export type ServerOptions = Partial<DataSourceOptions> & { readonly type: 'postgres' | 'mysql' | 'mariadb' };

/** How the pool of TypeORM's driver is replaced by one that logs in with another password. */
export interface PoolSwap {
  poolOf(driver: Driver): object;
  /** From now on the driver takes its connections there, and whoever logs in beside it does with that password. */
  use(driver: Driver, pool: object, password: string): void;
  /** Opens another pool and proves it by a login. */
  open(driver: Driver, password: string): Promise<object>;
  /** For a DataSource whose pool is never replaced: each of its logins takes the password of that moment. */
  follow(options: ServerOptions, password: () => string): ServerOptions;
  /** Closes idle connections, and each of the others when it is given back. `unused` tells that none is lent any more. */
  close(pool: object, unused: Promise<void>): Promise<void>;
}

/** What differs between servers; all else is `ServerLink`. */
export interface ServerEngine {
  readonly type: 'postgres' | 'mysql';
  /** What it is, without credentials. */
  readonly description: string;
  readonly isSingleConnection: boolean;
  readonly options: ServerOptions;
  /** The driver's connection behind a runner that has connected. */
  connectionOf(runner: QueryRunner): Promise<ServerConnection>;
  /** Statements that begin a transaction of that kind, in order; none of them TypeORM's own. */
  begin(isolation: IsolationLevel | undefined, readOnly: boolean): readonly string[];
  /** The statements around one that may only read, in a transaction or out of it. */
  readOnly(inTransaction: boolean): { readonly before: string; readonly after: string } | undefined;
  errorOf(error: unknown, name: string): DatabaseError;
  /** Closes the connections of every DataSource: those that nobody uses now, the others when they are given back. */
  readonly closeUnused?: () => void;
  /** Where it logs in by itself. */
  readonly swap?: PoolSwap;
  close(): Promise<void>;
}
