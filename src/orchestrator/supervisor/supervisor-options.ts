import type { BackoffOptions } from '../../foundation/index.js';

/** How patient the supervisor is. The defaults are for production; tests shorten them. */
export interface SupervisorOptions {
  /** Milliseconds between heartbeats. Default 5 s. */
  readonly heartbeatIntervalMs?: number;
  /** Unanswered heartbeats after which a module that has answered before counts as dead. Default 3. */
  readonly missedHeartbeats?: number;
  /** How long a module has between being terminated and being killed. Default 5 s. */
  readonly terminateGraceMs?: number;
  readonly backoff?: BackoffOptions;
}
