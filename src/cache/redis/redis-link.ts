import { setImmediate } from 'node:timers/promises';
import {
  type CredentialUser,
  Deferred,
  type HostPort,
  type Logger,
  messageOf,
  type PreparedCredential,
  withDeadline,
} from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';
import type { CachePassword } from '../cache-settings.js';
import { ServerBreaker } from '../server-breaker.js';
import { type RedisClient, redisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { isClosedUnasked, isNotSent, isRefusedBySentinels, reasonOf } from './redis-error.js';
import { serversOfCluster } from './redis-keys.js';
import type { RedisLocation } from './redis-location.js';
import { type RedisLogin, triedLogin } from './redis-login.js';

export interface RedisLinkOptions {
  /** The cache's name, for messages. */
  readonly name: string;
  readonly location: RedisLocation;
  readonly password: CachePassword | undefined;
  readonly sentinelPassword: CachePassword | undefined;
  /** How long one operation may take, waiting for a connection included. */
  readonly timeoutMs: number;
  /** Whether one that finds the server away does not wait for it to come back. */
  readonly failsFast: boolean;
  readonly logger: Logger | undefined;
}

/** So many operations may be under way or wait for a connection. */
const longestQueue = 10_000;
const probeMs = 5_000;

/**
 * The connection to Redis that a store works on: it opens when first used, comes back by itself, and the credential it
 * logs in with can be changed while it is in use. Every operation has a deadline.
 */
export class RedisLink {
  readonly #options: RedisLinkOptions;
  /** Of a cluster, whose nodes may be there when one is away, there is none. */
  readonly #breaker: ServerBreaker | undefined;
  #current: RedisConnection | undefined;
  #opening: Promise<RedisConnection> | undefined;
  #switched = new Deferred<void>();
  #underWay = 0;
  #isClosed = false;

  constructor(options: RedisLinkOptions) {
    this.#options = options;
    const { name, location } = options;
    if (location.kind !== 'cluster') this.#breaker = new ServerBreaker(`cache '${name}': ${location.description}`);
  }

  get credentialUsers(): readonly CredentialUser[] {
    const { name, password, sentinelPassword } = this.#options;
    const users: CredentialUser[] = [];
    if (password)
      users.push({
        name: `cache '${name}'`,
        secret: password.secret,
        prepare: (value, signal) => this.#prepare(value, signal),
      });
    if (sentinelPassword)
      users.push({
        name: `cache '${name}' at its sentinels`,
        secret: sentinelPassword.secret,
        prepare: (value) => this.#prepareForSentinels(sentinelPassword, value),
      });
    return users;
  }

  /** Rejects with CacheError CLOSED, CONNECTION and TIMEOUT, else as `work` does. */
  async run<T>(work: (client: RedisClient) => Promise<T>, timeoutMs = this.#options.timeoutMs): Promise<T> {
    if (this.#isClosed) throw this.#closed();
    if (!this.#breaker) return this.#attempt(work, timeoutMs);
    return this.#breaker.run(() => this.#attempt(work, timeoutMs));
  }

  async #attempt<T>(work: (client: RedisClient) => Promise<T>, timeoutMs: number): Promise<T> {
    if (this.#underWay >= longestQueue)
      throw this.#unreachable(`${longestQueue} operations wait for Redis already`, { retryable: true });
    this.#underWay += 1;
    const endsAt = performance.now() + timeoutMs;
    try {
      for (;;) {
        const connection = this.#current?.isReady ? this.#current : await this.#connected(endsAt);
        try {
          return await connection.run(work, endsAt, () => this.#late(timeoutMs));
        } catch (error) {
          // What was lost before it was sent can be sent on the next connection.
          if (!isNotSent(error) || performance.now() >= endsAt) throw error;
        }
      }
    } finally {
      this.#underWay -= 1;
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#announce();
    const opened = this.#current ?? (await this.#opening?.catch(() => undefined));
    await opened?.close();
  }

  /** A refused login is final for a password of the configuration; one that is a secret may be rotated meanwhile. */
  async #connected(endsAt: number): Promise<RedisConnection> {
    for (;;) {
      const leftMs = Math.max(0, endsAt - performance.now());
      const connection = await withDeadline(this.#opened(), leftMs, () => this.#unreachable(this.#silence));
      if (this.#isClosed) throw this.#closed();
      if (connection.isReady) return connection;
      if (connection.isRefused && !this.#options.password) throw this.#refused(connection.trouble);
      if (this.#options.failsFast && connection.trouble !== undefined) {
        // A turn, so that who asks again and again does not keep the connection from coming back.
        await setImmediate();
        throw this.#notConnected(connection);
      }
      const change = Promise.race([connection.change, this.#switched.promise]);
      await withDeadline(change, leftMs, () => this.#notConnected(connection));
    }
  }

  #opened(): Promise<RedisConnection> {
    if (this.#current) return Promise.resolve(this.#current);
    if (this.#opening) return this.#opening;
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<RedisConnection> {
    const { location, password } = this.#options;
    try {
      const opened = await this.#connect(password ? await password.current() : location.password);
      // A credential that was prepared meanwhile is the newer one.
      if (this.#current) await opened.close();
      this.#current ??= opened;
      return this.#current;
    } finally {
      this.#opening = undefined;
    }
  }

  async #connect(
    password: string | undefined,
    sentinelPassword = this.#options.sentinelPassword,
  ): Promise<RedisConnection> {
    const { name, location, logger } = this.#options;
    const where = { cache: name, backend: location.description };
    let isLost = false;
    return new RedisConnection(await redisClient({ name, location, password, sentinelPassword }), {
      lost: (error) => {
        isLost = true;
        logger?.warn('a cache has no connection; it is tried again', { ...where, error: messageOf(error) });
      },
      ready: () => {
        this.#breaker?.reset();
        if (isLost) logger?.info('a cache is connected again', where);
        isLost = false;
      },
    });
  }

  async #prepare(value: string, signal: AbortSignal): Promise<PreparedCredential> {
    const { password, sentinelPassword, location } = this.#options;
    const isShared = sentinelPassword?.secret === password?.secret;
    const next = await this.#connect(
      value,
      sentinelPassword && isShared ? { ...sentinelPassword, current: async () => value } : sentinelPassword,
    );
    try {
      const endsAt = performance.now() + probeMs;
      while (!next.isReady) {
        signal.throwIfAborted();
        if (next.isRefused) throw this.#refused(next.trouble);
        const leftMs = Math.max(0, endsAt - performance.now());
        await withDeadline(next.change, leftMs, () => this.#notConnected(next));
      }
      // The others are only asked for their own keys, or when one of them takes over.
      if (location.kind === 'cluster') {
        const login = { username: location.username, password: value, tls: location.tls };
        await this.#prove(serversOfCluster(next.client), login, password!.secret);
        signal.throwIfAborted();
      }
      if (this.#isClosed) throw this.#closed();
    } catch (error) {
      await next.close();
      throw error;
    }
    const previous = this.#current;
    return {
      activate: () => this.#use(next),
      retire: async () => previous?.close(),
      abandon: async () => {
        if (this.#current === next) this.#use(previous);
        await next.close();
      },
    };
  }

  /**
   * Sentinels are asked only when the master is lost, which is no time to learn that they refuse. There is nothing to switch:
   * each client reads their password anew once they refuse the one it has.
   */
  async #prepareForSentinels({ secret }: CachePassword, value: string): Promise<PreparedCredential> {
    const { nodes, sentinelUser: username, tls } = this.#options.location;
    await this.#prove(nodes, { username, password: value, tls }, secret);
    return { activate: () => undefined, retire: async () => undefined, abandon: async () => undefined };
  }

  /** Tries a login on each of some servers. Those that are down are left out, unless all are. */
  async #prove(servers: readonly HostPort[], login: RedisLogin, secret: string): Promise<void> {
    const tried = await Promise.all(servers.map((server) => triedLogin(server, login, probeMs)));
    const refused = tried.find(({ outcome }) => outcome === 'refused');
    if (refused) throw this.#refused(refused.error, { server: refused.server, username: login.username, secret });
    const [first] = tried;
    if (first && tried.every(({ outcome }) => outcome === 'unreachable'))
      throw this.#unreachable(messageOf(first.error), { retryable: true, cause: first.error });
  }

  #use(connection: RedisConnection | undefined): void {
    this.#current = connection;
    this.#breaker?.reset();
    this.#announce();
    if (this.#isClosed) void connection?.close();
  }

  #announce(): void {
    const switched = this.#switched;
    this.#switched = new Deferred();
    switched.resolve();
  }

  #notConnected(connection: RedisConnection): CacheError {
    if (connection.isRefused) return this.#refused(connection.trouble);
    const { trouble } = connection;
    const why = trouble === undefined ? this.#silence : `${reasonOf(trouble)}${this.#cure(trouble)}`;
    return this.#unreachable(why, { retryable: true, cause: trouble });
  }

  get #silence(): string {
    return this.#options.location.tls ? 'it did not answer; see whether that port speaks TLS' : 'it did not answer';
  }

  /** What helps where ioredis gives no hint of it. */
  #cure(trouble: unknown): string {
    const { location, sentinelPassword } = this.#options;
    if (isRefusedBySentinels(trouble))
      return sentinelPassword
        ? ` The password of the sentinels is secret '${sentinelPassword.secret}'`
        : ' Name the secret with the password of the sentinels as sentinelPassword, or in CACHE_SENTINEL_SECRET';
    if (location.tls && isClosedUnasked(trouble))
      return ' If they run, see that their certificates are signed by its ca, for the names or addresses they announce, and whether they want cert and key';
    return '';
  }

  #unreachable(why: string, options: { retryable?: boolean; cause?: unknown } = { retryable: true }): CacheError {
    const { name, location } = this.#options;
    return new CacheError('CONNECTION', `cache '${name}': no connection to ${location.description}: ${why}`, options);
  }

  #refused(cause: unknown, login = this.#login): CacheError {
    const { server, username, secret } = login;
    const user = username === undefined ? '' : ` of user '${username}'`;
    const from =
      secret === undefined ? '; look at user and password of its url' : `; its password is secret '${secret}'`;
    const message = `cache '${this.#options.name}': ${server} refuses the login${user}${from}`;
    return new CacheError('CONNECTION', message, { cause });
  }

  get #login(): { server: string; username: string | undefined; secret: string | undefined } {
    const { location, password } = this.#options;
    return { server: location.description, username: location.username, secret: password?.secret };
  }

  #late(timeoutMs: number): CacheError {
    const { name, location } = this.#options;
    const message = `cache '${name}': ${location.description} did not answer within ${timeoutMs} ms`;
    return new CacheError('TIMEOUT', message, { retryable: true });
  }

  #closed(): CacheError {
    return new CacheError('CLOSED', `cache '${this.#options.name}' is closed`);
  }
}
