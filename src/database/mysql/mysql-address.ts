/** Where a database is and how to log in, known to the orchestrator alone. */
export interface MysqlAddress {
  /** The name in the configuration, for messages. */
  readonly name: string;
  readonly host?: string;
  readonly port?: number;
  /** A unix socket instead of host and port. */
  readonly socketPath?: string;
  readonly user: string;
  readonly password?: string;
  readonly database?: string;
  readonly ssl?: MysqlTls;
  /** The longest login, reset or cancellation. */
  readonly deadlineMs: number;
}

/** As mysql2 takes it: without `rejectUnauthorized: false` the certificate is checked, with `verifyIdentity` the name too. */
export interface MysqlTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
  readonly verifyIdentity?: boolean;
}
