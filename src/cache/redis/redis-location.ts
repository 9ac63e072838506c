import { readFileSync } from 'node:fs';
import { type HostPort, messageOf, readHostPort } from '../../foundation/index.js';
import type { CacheSettings } from '../cache-settings.js';

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
  readonly tls: { readonly ca?: string } | undefined;
  /** The same without credentials, for people: `redis://host:6379/0`. */
  readonly description: string;
}

export const redisParameters = ['ttl', 'sliding', 'timeout', 'failure', 'prefix', 'ca', 'master'];

/**
 * Reads `redis://user:password@host:6379/0`, `redis-cluster://host:6379,host:6380`,
 * `redis-sentinel://host:26379,host:26379/0?master=name`, each with TLS as `rediss…`, where `ca` names a file of
 * certificates to trust instead of the system's. Throws CacheError CONFIGURATION, naming the part that is wrong.
 */
export function redisLocation(settings: CacheSettings): RedisLocation {
  const { scheme, location } = settings;
  const kind = scheme.endsWith('-cluster') ? 'cluster' : scheme.endsWith('-sentinel') ? 'sentinel' : 'single';
  const match = /^\/\/(?:([^@/]*)@)?([^@/]*)(?:\/([^/]*))?\/?$/.exec(location);
  if (!match) throw settings.mistake(`the url cannot be read; write ${scheme}://user@host:6379/0`);
  const [, login = '', hosts = '', databaseText = ''] = match;
  const [username, password] = loginOf(login, settings);
  const defaultPort = kind === 'sentinel' ? 26_379 : 6379;
  const nodes = (hosts || 'localhost').split(',').map((host) => nodeOf(host, defaultPort, settings));
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
  const shownHosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  return {
    kind,
    nodes,
    database,
    username,
    password,
    master,
    tls: tlsOf(settings),
    description: `${scheme}://${shownHosts}/${master ?? database}`,
  };
}

function loginOf(login: string, settings: CacheSettings): [string | undefined, string | undefined] {
  const [username = '', password] = login.split(/:(.*)/s).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw settings.mistake('user or password of the url are not percent-encoded; write % as %25');
    }
  });
  if (password && settings.password) throw settings.mistake('the password stands in the url, too; take it out there');
  return [username || undefined, password || undefined];
}

function nodeOf(text: string, defaultPort: number, settings: CacheSettings): HostPort {
  const node = readHostPort(text) ?? readHostPort(`${text}:${defaultPort}`);
  if (node && node.port > 0) return node;
  throw settings.mistake('the url has a host that cannot be read; write host:6379, or [::1]:6379 for IPv6');
}

function databaseOf(text: string, settings: CacheSettings): number {
  if (/^\d{0,5}$/.test(text)) return Number(text);
  throw settings.mistake(`the url names a database that is no number; write ${settings.scheme}://…/0`);
}

function tlsOf(settings: CacheSettings): { ca?: string } | undefined {
  const path = settings.text('ca');
  if (!settings.scheme.startsWith('rediss')) {
    if (path !== undefined) throw settings.mistake("ca is for TLS; write the url with 'rediss:'");
    return undefined;
  }
  if (path === undefined) return {};
  try {
    return { ca: readFileSync(path, 'utf8') };
  } catch (error) {
    throw settings.mistake(`its ca cannot be read: ${messageOf(error)}`, error);
  }
}
