/** What one module may use of a database, and for how long. */
export interface ModuleLimits {
  readonly connections: number;
  readonly queueLength: number;
  readonly acquireTimeoutMs: number;
  /** A statement that runs longer is ended; 0 for no limit. */
  readonly statementTimeoutMs: number;
  /** A transaction in which nothing happens for longer is rolled back; 0 for no limit. */
  readonly idleInTransactionTimeoutMs: number;
}

/** Of which a pool asks for its places. */
export type PoolLimits = Pick<ModuleLimits, 'connections' | 'queueLength' | 'acquireTimeoutMs'>;
