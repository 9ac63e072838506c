import type { HostPort } from '../../foundation/index.js';
import { shownServers } from '../server-url.js';
import { isReply, withoutCommand } from './redis-error.js';
import type { RedisTls } from './redis-tls.js';

export interface RedisLogin {
  readonly username: string | undefined;
  readonly password: string;
  readonly tls: RedisTls | undefined;
}

/** What became of a login: whether the server took it, and why not. */
export interface TriedLogin {
  /** The server, for people. */
  readonly server: string;
  readonly outcome: 'accepted' | 'refused' | 'unreachable';
  readonly error?: unknown;
}

/** Logs in to a server, or a sentinel, on a connection of its own, and leaves again. Never rejects. */
export async function triedLogin({ host, port }: HostPort, login: RedisLogin, timeoutMs: number): Promise<TriedLogin> {
  const { Redis } = await import('ioredis');
  const { username = 'default', password, tls } = login;
  const server = shownServers([{ host, port }]);
  const client = new Redis({
    host,
    port,
    ...(tls && { tls }),
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
  });
  let trouble: unknown;
  client.on('error', (error: unknown) => (trouble ??= error));
  try {
    await client.connect();
    await client.auth(username, password);
    return { server, outcome: 'accepted' };
  } catch (error) {
    return { server, outcome: isReply(error) ? 'refused' : 'unreachable', error: withoutCommand(trouble ?? error) };
  } finally {
    client.disconnect();
  }
}
