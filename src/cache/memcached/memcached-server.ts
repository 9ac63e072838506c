import { setImmediate } from 'node:timers/promises';
import {
  Backoff,
  type HostPort,
  type Logger,
  messageOf,
  type OutageBreaker,
  type PreparedCredential,
  sleep,
  withDeadline,
} from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';
import { serverBreaker } from '../server-breaker.js';
import { shownServers } from '../server-url.js';
import { MemcachedConnection } from './memcached-connection.js';
import { isRefusedLogin } from './memcached-error.js';
import type { MemcachedCredential } from './memcached-location.js';
import type { MemcachedReply, MemcachedRequest } from './memcached-request.js';

export interface MemcachedServerOptions {
  /** The name of the cache, for messages. */
  readonly name: string;
  readonly address: HostPort;
  readonly credential: MemcachedCredential | undefined;
  /** How long one operation may take. */
  readonly timeoutMs: number;
  /** Whether one that finds the server away does not wait for it to come back. */
  readonly failsFast: boolean;
  readonly logger: Logger | undefined;
}

const firstWaitMs = 50;
const longestWaitMs = 500;

/**
 * One memcached: the connection to it opens when first used and again when it was lost and is needed. Everything ends by
 * the deadline it is given, a reading of `performance.now()`: with CacheError CONNECTION when there is no connection until
 * then, with TIMEOUT when there is no reply.
 */
export class MemcachedServer {
  /** `host:11211`. */
  readonly address: string;
  readonly #options: MemcachedServerOptions;
  readonly #breaker: OutageBreaker;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  #connection: MemcachedConnection | undefined;
  /** That of the last rotation. */
  #password: string | undefined;
  #attempt: Promise<void> | undefined;
  #nextAttemptAt = 0;
  /** Whether the last attempt failed. */
  #isAway = false;
  /** Why it is not connected, since it was last. */
  #trouble: unknown;

  constructor(options: MemcachedServerOptions) {
    this.#options = options;
    this.address = shownServers([options.address]);
    this.#breaker = serverBreaker(`cache '${options.name}': ${this.#description}`);
    // Short beside the timeout, so that every operation is there for an attempt.
    const maxMs = Math.min(longestWaitMs, options.timeoutMs / 4);
    this.#backoff = new Backoff({ initialMs: Math.min(firstWaitMs, maxMs), maxMs });
  }

  /** Sends all of them together and resolves with their replies in the same order. */
  async exchange(requests: readonly MemcachedRequest[], endsAt: number): Promise<readonly MemcachedReply[]> {
    if (requests.length === 0) return [];
    return this.#breaker.run(() => this.#run((connection) => connection.exchange(requests), endsAt));
  }

  /** What the server counts, by the names it has for it. */
  statistics(endsAt: number): Promise<ReadonlyMap<string, string>> {
    return this.#breaker.run(() => this.#run((connection) => connection.statistics(), endsAt));
  }

  /** As `CredentialUser` asks it, for this server. */
  async prepare(password: string): Promise<PreparedCredential> {
    const next = await this.#open(password).catch((error: unknown) => {
      throw isRefusedLogin(error) ? this.#refused() : this.#unreachable(error);
    });
    if (this.#closing.signal.aborted) {
      next.close();
      throw this.#closed();
    }
    let previous: { readonly connection: MemcachedConnection | undefined; readonly password: string | undefined };
    let isActive = false;
    return {
      activate: () => {
        previous = { connection: this.#connection, password: this.#password };
        isActive = true;
        this.#connection = next;
        this.#password = password;
        this.#breaker.reset();
        this.#trouble = undefined;
      },
      retire: async () => previous.connection?.drain(),
      abandon: async () => {
        // Since it was activated it may have been lost and opened again.
        const latest = isActive ? this.#connection : undefined;
        if (isActive) ({ connection: this.#connection, password: this.#password } = previous);
        await Promise.all([next.drain(), latest?.drain()]);
      },
    };
  }

  /** What is under way is lost. */
  close(): void {
    this.#closing.abort();
    this.#connection?.close();
  }

  async #run<T>(work: (connection: MemcachedConnection) => Promise<T>, endsAt: number): Promise<T> {
    const connection = this.#connection?.isOpen ? this.#connection : await this.#connected(endsAt);
    const leftMs = endsAt - performance.now();
    // An operation that takes several turns sends nothing more once it has failed.
    if (leftMs <= 0) throw this.#late();
    try {
      return await withDeadline(work(connection), leftMs, () => this.#late());
    } catch (error) {
      throw isRefusedLogin(error) ? this.#refused() : error;
    }
  }

  async #connected(endsAt: number): Promise<MemcachedConnection> {
    for (;;) {
      if (this.#closing.signal.aborted) throw this.#closed();
      if (this.#connection?.isOpen) return this.#connection;
      this.#attempt ??= this.#connect().finally(() => (this.#attempt = undefined));
      if (this.#options.failsFast && this.#isAway) {
        // A turn, so that who asks again and again does not keep the connection from coming back.
        await setImmediate();
        throw this.#notConnected();
      }
      const leftMs = Math.max(0, endsAt - performance.now());
      await withDeadline(this.#attempt, leftMs, () => this.#notConnected());
      // One that is a secret may be rotated meanwhile.
      if (isRefusedLogin(this.#trouble) && !this.#options.credential?.secret) throw this.#refused();
    }
  }

  /** Tries once, not too soon after the last time. Never rejects. */
  async #connect(): Promise<void> {
    await sleep(this.#nextAttemptAt - performance.now(), this.#closing.signal);
    if (this.#closing.signal.aborted) return;
    try {
      const opened = await this.#open(this.#password);
      // A rotation may have brought the newer one.
      if (this.#connection?.isOpen || this.#closing.signal.aborted) return opened.close();
      this.#connection = opened;
      this.#isAway = false;
      if (this.#trouble !== undefined) this.#options.logger?.info('a cache is connected again', this.#logFields);
      this.#trouble = undefined;
      this.#nextAttemptAt = performance.now() + this.#backoff.next(Infinity);
    } catch (error) {
      this.#lost(error);
      this.#isAway = true;
      this.#nextAttemptAt = performance.now() + this.#backoff.next(0);
    }
  }

  async #open(password: string | undefined): Promise<MemcachedConnection> {
    const { address, credential, timeoutMs } = this.#options;
    const login = credential && {
      username: credential.username,
      password: password ?? (await credential.password()),
    };
    const opened: MemcachedConnection = await MemcachedConnection.open(address, login, 2 * timeoutMs, (why) => {
      if (this.#connection === opened) this.#lost(why);
    });
    return opened;
  }

  #lost(why: unknown): void {
    const isNew = this.#trouble === undefined;
    this.#trouble = why;
    if (!isNew || this.#closing.signal.aborted) return;
    const fields = { ...this.#logFields, error: messageOf(why) };
    this.#options.logger?.warn('a cache has no connection; it is tried again when it is used', fields);
  }

  get #logFields() {
    return { cache: this.#options.name, backend: this.#description };
  }

  get #description(): string {
    return `memcached://${this.address}`;
  }

  #notConnected(): CacheError {
    return isRefusedLogin(this.#trouble) ? this.#refused() : this.#unreachable(this.#trouble);
  }

  #unreachable(trouble: unknown): CacheError {
    const why = trouble === undefined ? 'it did not answer' : messageOf(trouble);
    const message = `cache '${this.#options.name}': no connection to ${this.#description}: ${why}`;
    return new CacheError('CONNECTION', message, { retryable: true, cause: trouble });
  }

  #refused(): CacheError {
    const { name, credential } = this.#options;
    const from = credential?.secret
      ? `; its password is secret '${credential.secret}'`
      : '; look at user and password of its url';
    const why = credential
      ? `refuses the login of user '${credential.username}'${from}`
      : 'wants a login; write memcached://user:password@host';
    return new CacheError('CONNECTION', `cache '${name}': ${this.#description} ${why}`);
  }

  #closed(): CacheError {
    return new CacheError('CLOSED', `cache '${this.#options.name}' was closed meanwhile`);
  }

  #late(): CacheError {
    const { name, timeoutMs } = this.#options;
    const message = `cache '${name}': ${this.#description} did not answer within ${timeoutMs} ms`;
    return new CacheError('TIMEOUT', message, { retryable: true });
  }
}

/** The same for all servers of a cache: on all of them or on none. */
export async function prepareAll(
  servers: readonly MemcachedServer[],
  password: string,
  signal: AbortSignal,
): Promise<PreparedCredential> {
  const outcomes = await Promise.allSettled(servers.map((server) => server.prepare(password)));
  const prepared = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const all = {
    activate: () => prepared.forEach((each) => each.activate()),
    retire: async () => void (await Promise.all(prepared.map((each) => each.retire()))),
    abandon: async () => void (await Promise.all(prepared.map((each) => each.abandon()))),
  };
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (!failed && !signal.aborted) return all;
  await all.abandon();
  throw failed ? failed.reason : signal.reason;
}
