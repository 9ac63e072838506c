import type { Endpoint } from '../../wire/index.js';

/**
 * `starting`: launched, not announced. `running`: announced. `restarting`: ended, waiting for its next start.
 * `stopping`: asked to end. `stopped`: ended and not to be started again. `failed`: the same after a failure.
 */
export type ModuleState = 'starting' | 'running' | 'restarting' | 'stopping' | 'stopped' | 'failed';

/** What can be known of a module from outside. */
export interface ModuleStatus {
  readonly id: string;
  readonly state: ModuleState;
  /** When the state was entered, ISO 8601. */
  readonly since: string;
  readonly pid?: number;
  /** How many times it was started again. */
  readonly restarts: number;
  /** As announced; empty while it is not running. */
  readonly endpoints: readonly Endpoint[];
  /** Why it last ended, if it did. */
  readonly lastEnd?: string;
}
