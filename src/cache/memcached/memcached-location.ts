import type { HostPort } from '../../foundation/index.js';
import type { CacheSettings } from '../cache-settings.js';
import { loginOf, serversOf, shownServers } from '../server-url.js';

/** With what to log in. */
export interface MemcachedCredential {
  readonly username: string;
  /** The name of the secret that the password is; undefined for one of the url. */
  readonly secret: string | undefined;
  /** The password in force. */
  password(): Promise<string>;
}

/** Where the servers of a cache are and how to log in. */
export interface MemcachedLocation {
  readonly addresses: readonly HostPort[];
  readonly credential: MemcachedCredential | undefined;
  /** The same without credentials, for people: `memcached://host:11211`. */
  readonly description: string;
}

const defaultPort = 11_211;

/**
 * Reads `memcached://user:password@host:11211,host2:11211`, where the login is that of SASL; the password may be a secret instead. Throws CacheError
 * CONFIGURATION, naming the part that is wrong.
 */
export function memcachedLocation(settings: CacheSettings): MemcachedLocation {
  const { scheme, location } = settings;
  const match = /^\/\/(?:([^@/]*)@)?([^@/]*)\/?$/.exec(location);
  if (!match) throw settings.mistake(`the url cannot be read; write ${scheme}://host:${defaultPort}`);
  const [, login = '', hosts = ''] = match;
  const credential = credentialOf(login, settings);
  const addresses = serversOf(hosts, defaultPort, settings);
  const names = addresses.map((address) => shownServers([address]));
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw settings.mistake(`the url names ${repeated} twice`);
  return {
    addresses,
    credential,
    description: `${scheme}://${shownServers(addresses)}`,
  };
}

function credentialOf(login: string, settings: CacheSettings): MemcachedCredential | undefined {
  const [username, password] = loginOf(login, settings);
  const secret = settings.password;
  const hasPassword = password !== undefined || secret !== undefined;
  if (hasPassword && username === undefined)
    throw settings.mistake('there is a password but no user; write memcached://user@host');
  if (!hasPassword && username !== undefined) throw settings.mistake('the url has a user but there is no password');
  if (username === undefined) return undefined;
  return { username, secret: secret?.secret, password: async () => (secret ? secret.current() : password!) };
}
