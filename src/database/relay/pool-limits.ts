/** What one module may use of a database. */
export interface PoolLimits {
  readonly connections: number;
  readonly queueLength: number;
  readonly acquireTimeoutMs: number;
}
