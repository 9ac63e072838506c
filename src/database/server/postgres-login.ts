import type { ClientConfig } from 'pg';
import type { ServerAddress } from './server-url.js';

/** As pg takes it. */
export function postgresLoginOf({
  host,
  port,
  socketPath,
  user,
  password,
  database,
  tls,
}: ServerAddress): ClientConfig {
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

/** Over a stream that is logged in already there is no TLS, whatever a program or the environment says. */
export const withoutTls = { ssl: false, sslnegotiation: 'postgres' } as const;
