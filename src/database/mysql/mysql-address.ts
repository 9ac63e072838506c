import type { LivePassword } from '../server/live-password.js';
import type { MysqlLogin } from '../server/mysql-login.js';

/** Where a database is and how to log in, known to the orchestrator alone. */
export interface MysqlAddress {
  /** The name in the configuration, for messages. */
  readonly name: string;
  readonly login: MysqlLogin;
  /** Instead of the one in `login`. */
  readonly password?: LivePassword;
  /** The longest login, reset or cancellation. */
  readonly deadlineMs: number;
}
