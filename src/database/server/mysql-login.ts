import type { ServerAddress } from './server-url.js';

/** Where and how mysql2 logs in to a server. */
export interface MysqlLogin {
  readonly host?: string;
  readonly port?: number;
  readonly socketPath?: string;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  readonly ssl?: {
    readonly rejectUnauthorized: boolean;
    readonly verifyIdentity: boolean;
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
  };
}

export function mysqlLoginOf({ host, port, socketPath, user, password, database, tls }: ServerAddress): MysqlLogin {
  return {
    ...(socketPath === undefined ? { host, port } : { socketPath }),
    user,
    database,
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined
      ? {}
      : {
          ssl: {
            rejectUnauthorized: tls.checksCertificate,
            verifyIdentity: tls.checksHost,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
          },
        }),
  };
}
