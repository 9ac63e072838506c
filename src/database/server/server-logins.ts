import type { ClientConfig } from 'pg';
import type { ServerAddress } from './server-url.js';
import type { MysqlAddress } from '../mysql/mysql-address.js';

/** As pg takes it. */
export function postgresLogin({ host, port, socketPath, user, password, database, tls }: ServerAddress): ClientConfig {
  return {
    host: socketPath ?? host,
    port,
    user,
    database,
    // Without one, pg would look for a file of passwords in the home directory.
    password: password ?? '',
    ...(tls === undefined
      ? {}
      : {
          ssl: {
            rejectUnauthorized: tls.checksCertificate,
            ...(tls.checksHost ? {} : { checkServerIdentity: () => undefined }),
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
          },
        }),
  };
}

/** As mysql2 takes it. */
export function mysqlLogin(address: ServerAddress): Omit<MysqlAddress, 'name' | 'deadlineMs'> {
  const { host, port, socketPath, user, password, database, tls } = address;
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
