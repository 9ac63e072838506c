import type { Endpoint, Liveness } from '../../wire/index.js';

/**
 * `starting`: launched, not announced. `running`: announced. `restarting`: ended, waiting for its next start.
 * `stopping`: asked to end. `stopped`: ended and not to be started again. `failed`: the same after a failure.
 */
export type ModuleState = 'starting' | 'running' | 'restarting' | 'stopping' | 'stopped' | 'failed';

/** What heartbeats can say of a module: see docs/liveness.md. */
export const livenessStates = ['alive', 'slow', 'dead'] as const satisfies readonly Liveness['kind'][];

/** What can be known of a module from outside. */
export interface ModuleStatus {
  readonly id: string;
  readonly state: ModuleState;
  /** When the state was entered, ISO 8601. */
  readonly since: string;
  readonly pid?: number;
  /** How many times it was started again. */
  readonly restarts: number;
  /** What its heartbeats say; absent while it is not running, and for plain modules that answer none. */
  readonly liveness?: (typeof livenessStates)[number];
  /** How long its event loop was last held up, from modules that tell. */
  readonly lagMs?: number;
  /** As announced; empty while it is not running. */
  readonly endpoints: readonly Endpoint[];
  /** Why it last ended, if it did. */
  readonly lastEnd?: string;
}
