import { type HostPort, readHostPort } from '../foundation/index.js';
import type { CacheSettings } from './cache-settings.js';

/** User and password of `user:password`, where they are given. Throws CacheError CONFIGURATION for what cannot be read. */
export function loginOf(login: string, settings: CacheSettings): [string | undefined, string | undefined] {
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

/** The servers of `host:port,host`, or of nothing: localhost. Throws CacheError CONFIGURATION for what cannot be read. */
export function serversOf(hosts: string, defaultPort: number, settings: CacheSettings): readonly HostPort[] {
  return (hosts || 'localhost').split(',').map((text) => {
    const server = readHostPort(text) ?? readHostPort(`${text}:${defaultPort}`);
    if (server && server.port > 0) return server;
    const example = `host:${defaultPort}, or [::1]:${defaultPort} for IPv6`;
    throw settings.mistake(`the url has a host that cannot be read; write ${example}`);
  });
}

/** The same for people: `one:6379,[::1]:6380`. */
export function shownServers(servers: readonly HostPort[]): string {
  return servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
}
