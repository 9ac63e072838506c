import type { MysqlLogin } from '../server/mysql-login.js';

/** Where a database is and how to log in, known to the orchestrator alone. */
export interface MysqlAddress {
  /** The name in the configuration, for messages. */
  readonly name: string;
  readonly login: MysqlLogin;
  /** Asked at each login, instead of a password in `login`. */
  readonly password?: () => Promise<string>;
  /** The longest login, reset or cancellation. */
  readonly deadlineMs: number;
}
