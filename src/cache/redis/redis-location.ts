import type { HostPort } from '../../foundation/index.js';
import type { CacheSettings } from '../cache-settings.js';
import { loginOf, serversOf, shownServers } from '../server-url.js';
import { type RedisTls, redisTls, tlsParameters } from './redis-tls.js';

/** Where a Redis is and how to log in. */
export interface RedisLocation {
  readonly kind: 'single' | 'cluster' | 'sentinel';
  /** One for a single server; else some of those that know the others. */
  readonly nodes: readonly HostPort[];
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The name of the master, for sentinels. */
  readonly master: string | undefined;
  /** Who logs in to the sentinels, where they want that. */
  readonly sentinelUser: string | undefined;
  readonly tls: RedisTls | undefined;
  /** The same without credentials, for people: `redis://host:6379/0`. */
  readonly description: string;
}

export const givenRedisParameters = ['ttl', 'sliding', 'timeout', 'failure', 'prefix'];
export const redisParameters = [...givenRedisParameters, ...tlsParameters, 'master', 'sentinelUser'];

/**
 * Reads `redis://user:password@host:6379/0`, `redis-cluster://host:6379,host:6380`,
 * `redis-sentinel://host:26379,host:26379/0?master=name`, each with TLS as `rediss…`, where `ca` names a file of
 * certificates to trust instead of the system's, `cert` and `key` those of a certificate of the client's own. Throws CacheError CONFIGURATION, naming the part that is wrong.
 */
export function redisLocation(settings: CacheSettings): RedisLocation {
  const { scheme, location } = settings;
  const kind = scheme.endsWith('-cluster') ? 'cluster' : scheme.endsWith('-sentinel') ? 'sentinel' : 'single';
  const match = /^\/\/(?:([^@/]*)@)?([^@/]*)(?:\/([^/]*))?\/?$/.exec(location);
  if (!match) throw settings.mistake(`the url cannot be read; write ${scheme}://user@host:6379/0`);
  const [, login = '', hosts = '', databaseText = ''] = match;
  const [username, password] = loginOf(login, settings);
  const defaultPort = kind === 'sentinel' ? 26_379 : 6379;
  const nodes = serversOf(hosts, defaultPort, settings);
  if (kind === 'single' && nodes.length > 1)
    throw settings.mistake(`the url names ${nodes.length} hosts; write redis-cluster: or redis-sentinel: for several`);
  const database = databaseOf(databaseText, settings);
  if (kind === 'cluster' && database !== 0) throw settings.mistake('a cluster has no database but 0');
  const master = settings.text('master');
  if ((kind === 'sentinel') !== (master !== undefined))
    throw settings.mistake(
      kind === 'sentinel'
        ? 'sentinels are asked for a master by its name; add ?master=NAME to the url'
        : "master is for sentinels; write the url with 'redis-sentinel:'",
    );
  const sentinelUser = settings.text('sentinelUser');
  if (sentinelUser !== undefined && !settings.sentinelPassword)
    throw settings.mistake('sentinelUser has no password; name its secret as sentinelPassword');
  return {
    kind,
    nodes,
    database,
    username,
    password,
    master,
    sentinelUser,
    tls: redisTls(settings),
    description: `${scheme}://${shownServers(nodes)}/${master ?? database}`,
  };
}

function databaseOf(text: string, settings: CacheSettings): number {
  if (/^\d{0,5}$/.test(text)) return Number(text);
  throw settings.mistake(`the url names a database that is no number; write ${settings.scheme}://…/0`);
}
