import { CacheError } from '../cache-error.js';
import type { CachePassword } from '../cache-settings.js';
import type { RedisConnection } from './redis-connection.js';
import { isClosedUnasked, isRefusedBySentinels, reasonOf } from './redis-error.js';
import type { RedisLocation } from './redis-location.js';

export interface RedisTarget {
  /** The cache's name, for messages. */
  readonly name: string;
  readonly location: RedisLocation;
  readonly password: CachePassword | undefined;
  readonly sentinelPassword: CachePassword | undefined;
}

/** What those are told who find no Redis: which, why, and what helps. */
export class RedisTroubles {
  readonly #target: RedisTarget;

  constructor(target: RedisTarget) {
    this.#target = target;
  }

  notConnected(connection: RedisConnection): CacheError {
    if (connection.isRefused) return this.refused(connection.trouble);
    const { trouble } = connection;
    if (trouble === undefined) return this.unanswered();
    return this.unreachable(`${reasonOf(trouble)}${this.#cure(trouble)}`, { retryable: true, cause: trouble });
  }

  unanswered(): CacheError {
    return this.unreachable(
      `it did not answer${this.#target.location.tls ? '; see whether that port speaks TLS' : ''}`,
    );
  }

  /** What helps where ioredis gives no hint of it. */
  #cure(trouble: unknown): string {
    const { location, sentinelPassword } = this.#target;
    if (isRefusedBySentinels(trouble))
      return sentinelPassword
        ? ` The password of the sentinels is secret '${sentinelPassword.secret}'`
        : ' Name the secret with the password of the sentinels as sentinelPassword, or in CACHE_SENTINEL_SECRET';
    if (location.tls && isClosedUnasked(trouble))
      return ' If they run, see that their certificates are signed by its ca, for the names or addresses they announce, and whether they want cert and key';
    return '';
  }

  unreachable(why: string, options: { retryable?: boolean; cause?: unknown } = { retryable: true }): CacheError {
    const { name, location } = this.#target;
    return new CacheError('CONNECTION', `cache '${name}': no connection to ${location.description}: ${why}`, options);
  }

  refused(cause: unknown, login = this.#login): CacheError {
    const { server, username, secret } = login;
    const user = username === undefined ? '' : ` of user '${username}'`;
    const from =
      secret === undefined ? '; look at user and password of its url' : `; its password is secret '${secret}'`;
    const message = `cache '${this.#target.name}': ${server} refuses the login${user}${from}`;
    return new CacheError('CONNECTION', message, { cause });
  }

  get #login(): { server: string; username: string | undefined; secret: string | undefined } {
    const { location, password } = this.#target;
    return { server: location.description, username: location.username, secret: password?.secret };
  }

  late(timeoutMs: number): CacheError {
    const { name, location } = this.#target;
    const message = `cache '${name}': ${location.description} did not answer within ${timeoutMs} ms`;
    return new CacheError('TIMEOUT', message, { retryable: true });
  }

  closed(): CacheError {
    return new CacheError('CLOSED', `cache '${this.#target.name}' is closed`);
  }
}
