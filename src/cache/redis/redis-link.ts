import { setImmediate } from 'node:timers/promises';
import {
  type CredentialUser,
  Deferred,
  type HostPort,
  type Logger,
  messageOf,
  type OutageBreaker,
  type PreparedCredential,
  withDeadline,
} from '../../foundation/index.js';
import type { CachePassword } from '../cache-settings.js';
import { serverBreaker } from '../server-breaker.js';
import { type RedisClient, redisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { serversOfCluster } from './redis-keys.js';
import { type RedisLogin, triedLogin } from './redis-login.js';
import { type RedisTarget, RedisTroubles } from './redis-troubles.js';

export interface RedisLinkOptions extends RedisTarget {
  /** How long one operation may take, waiting for a connection included. */
  readonly timeoutMs: number;
  /** Whether one that finds the server away does not wait for it to come back. */
  readonly failsFast: boolean;
  readonly logger: Logger | undefined;
}

/** So many operations may wait for a connection, and so many be under way. */
const longestQueue = 10_000;
const probeMs = 5_000;

/**
 * The connection to Redis that a store works on: it opens when first used, comes back by itself, and the credential it
 * logs in with can be changed while it is in use. Every operation has a deadline.
 */
export class RedisLink {
  readonly #options: RedisLinkOptions;
  readonly #troubles: RedisTroubles;
  /** Of a cluster, whose nodes may be there when one is away, there is none. */
  readonly #breaker: OutageBreaker | undefined;
  #current: RedisConnection | undefined;
  #opening: Promise<RedisConnection> | undefined;
  #switched = new Deferred<void>();
  #waiting = 0;
  #isClosed = false;

  constructor(options: RedisLinkOptions) {
    this.#options = options;
    this.#troubles = new RedisTroubles(options);
    const { name, location } = options;
    if (location.kind !== 'cluster') this.#breaker = serverBreaker(`cache '${name}': ${location.description}`);
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
  run<T>(work: (client: RedisClient) => Promise<T>, timeoutMs = this.#options.timeoutMs): Promise<T> {
    if (this.#isClosed) return Promise.reject(this.#troubles.closed());
    const send = () => this.#send(work, timeoutMs, performance.now() + timeoutMs);
    return this.#breaker ? this.#breaker.run(send) : send();
  }

  /** Makes no promise of its own while there is a connection: this is done for every read. */
  #send<T>(work: (client: RedisClient) => Promise<T>, timeoutMs: number, endsAt: number): Promise<T> {
    const connection = this.#current;
    if (!connection?.isReady) return this.#sendLater(work, timeoutMs, endsAt);
    if (connection.underWay >= longestQueue)
      return Promise.reject(this.#troubles.unreachable(`${longestQueue} operations are under way already`));
    return connection.run(work, {
      dueAt: endsAt,
      late: () => this.#troubles.late(timeoutMs),
      unsent: (error) => this.#sendAgain(error, work, timeoutMs, endsAt),
    });
  }

  async #sendLater<T>(work: (client: RedisClient) => Promise<T>, timeoutMs: number, endsAt: number): Promise<T> {
    if (this.#waiting >= longestQueue)
      throw this.#troubles.unreachable(`${longestQueue} operations wait for Redis already`);
    this.#waiting += 1;
    try {
      await this.#connected(endsAt);
    } finally {
      this.#waiting -= 1;
    }
    return this.#send(work, timeoutMs, endsAt);
  }

  async #sendAgain<T>(
    error: unknown,
    work: (client: RedisClient) => Promise<T>,
    timeoutMs: number,
    endsAt: number,
  ): Promise<T> {
    if (performance.now() >= endsAt) throw error;
    return this.#send(work, timeoutMs, endsAt);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#announce();
    const opened = this.#current ?? (await this.#opening?.catch(() => undefined));
    await opened?.close();
  }

  /** A refused login is final for a password of the configuration; one that is a secret may be rotated meanwhile. */
  async #connected(endsAt: number): Promise<void> {
    for (;;) {
      const leftMs = Math.max(0, endsAt - performance.now());
      const connection = await withDeadline(this.#opened(), leftMs, () => this.#troubles.unanswered());
      if (this.#isClosed) throw this.#troubles.closed();
      if (connection.isReady) return;
      if (connection.isRefused && !this.#options.password) throw this.#troubles.refused(connection.trouble);
      if (this.#options.failsFast && connection.trouble !== undefined) {
        // A turn, so that who asks again and again does not keep the connection from coming back.
        await setImmediate();
        throw this.#troubles.notConnected(connection);
      }
      const change = Promise.race([connection.change, this.#switched.promise]);
      await withDeadline(change, leftMs, () => this.#troubles.notConnected(connection));
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
        if (next.isRefused) throw this.#troubles.refused(next.trouble);
        const leftMs = Math.max(0, endsAt - performance.now());
        await withDeadline(next.change, leftMs, () => this.#troubles.notConnected(next));
      }
      // The others are only asked for their own keys, or when one of them takes over.
      if (location.kind === 'cluster') {
        const login = { username: location.username, password: value, tls: location.tls };
        await this.#prove(serversOfCluster(next.client), login, password!.secret);
        signal.throwIfAborted();
      }
      if (this.#isClosed) throw this.#troubles.closed();
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
    if (refused)
      throw this.#troubles.refused(refused.error, { server: refused.server, username: login.username, secret });
    const [first] = tried;
    if (first && tried.every(({ outcome }) => outcome === 'unreachable'))
      throw this.#troubles.unreachable(messageOf(first.error), { retryable: true, cause: first.error });
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
}
