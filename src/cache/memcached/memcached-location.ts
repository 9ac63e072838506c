import type { HostPort } from '../../foundation/index.js';
import type { CacheSettings } from '../cache-settings.js';
import { loginOf, serversOf, shownServers } from '../server-url.js';
import type { MemcachedLogin } from './memcached-connection.js';

/** Where the servers of a cache are and how to log in. */
export interface MemcachedLocation {
  readonly addresses: readonly HostPort[];
  readonly login: MemcachedLogin | undefined;
  /** The same without credentials, for people: `memcached://host:11211`. */
  readonly description: string;
}

const defaultPort = 11_211;

/**
 * Reads `memcached://user:password@host:11211,host2:11211`, where the login is that of SASL. Throws CacheError
 * CONFIGURATION, naming the part that is wrong.
 */
export function memcachedLocation(settings: CacheSettings): MemcachedLocation {
  const { scheme, location } = settings;
  const match = /^\/\/(?:([^@/]*)@)?([^@/]*)\/?$/.exec(location);
  if (!match) throw settings.mistake(`the url cannot be read; write ${scheme}://host:${defaultPort}`);
  const [, login = '', hosts = ''] = match;
  const [username, password] = loginOf(login, settings);
  if ((username === undefined) !== (password === undefined))
    throw settings.mistake(
      `the url has ${username === undefined ? 'a password but no user' : 'a user but no password'}`,
    );
  const addresses = serversOf(hosts, defaultPort, settings);
  const names = addresses.map((address) => shownServers([address]));
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw settings.mistake(`the url names ${repeated} twice`);
  return {
    addresses,
    login: username === undefined || password === undefined ? undefined : { username, password },
    description: `${scheme}://${shownServers(addresses)}`,
  };
}
