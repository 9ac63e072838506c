import type { BackoffOptions } from '../../foundation/index.js';

/** How patient the supervisor is. The defaults are for production; tests shorten them. */
export interface SupervisorOptions {
  /** How long a module has between being terminated and being killed. Default 5 s. */
  readonly terminateGraceMs?: number;
  readonly backoff?: BackoffOptions;
}
