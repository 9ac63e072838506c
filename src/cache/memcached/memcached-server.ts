import { Backoff, type HostPort, type Logger, messageOf, sleep, withDeadline } from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';
import { shownServers } from '../server-url.js';
import { MemcachedConnection, type MemcachedLogin } from './memcached-connection.js';
import { isRefusedLogin } from './memcached-error.js';
import type { MemcachedReply, MemcachedRequest } from './memcached-request.js';

export interface MemcachedServerOptions {
  /** The name of the cache, for messages. */
  readonly name: string;
  readonly address: HostPort;
  readonly login: MemcachedLogin | undefined;
  /** How long one operation may take. */
  readonly timeoutMs: number;
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
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  #connection: MemcachedConnection | undefined;
  #attempt: Promise<void> | undefined;
  #nextAttemptAt = 0;
  /** Why it is not connected, since it was last. */
  #trouble: unknown;

  constructor(options: MemcachedServerOptions) {
    this.#options = options;
    this.address = shownServers([options.address]);
    // Short beside the timeout, so that every operation is there for an attempt.
    const maxMs = Math.min(longestWaitMs, options.timeoutMs / 4);
    this.#backoff = new Backoff({ initialMs: Math.min(firstWaitMs, maxMs), maxMs });
  }

  /** Sends all of them together and resolves with their replies in the same order. */
  async exchange(requests: readonly MemcachedRequest[], endsAt: number): Promise<readonly MemcachedReply[]> {
    if (requests.length === 0) return [];
    return this.#run((connection) => connection.exchange(requests), endsAt);
  }

  /** What the server counts, by the names it has for it. */
  statistics(endsAt: number): Promise<ReadonlyMap<string, string>> {
    return this.#run((connection) => connection.statistics(), endsAt);
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
      if (this.#closing.signal.aborted)
        throw new CacheError('CLOSED', `cache '${this.#options.name}' was closed meanwhile`);
      if (this.#connection?.isOpen) return this.#connection;
      this.#attempt ??= this.#connect().finally(() => (this.#attempt = undefined));
      const leftMs = Math.max(0, endsAt - performance.now());
      await withDeadline(this.#attempt, leftMs, () => this.#unreachable());
      if (isRefusedLogin(this.#trouble)) throw this.#refused();
    }
  }

  /** Tries once, not too soon after the last time. Never rejects. */
  async #connect(): Promise<void> {
    const { address, login, timeoutMs, logger } = this.#options;
    await sleep(this.#nextAttemptAt - performance.now(), this.#closing.signal);
    if (this.#closing.signal.aborted) return;
    try {
      const connection = await MemcachedConnection.open(address, login, 2 * timeoutMs, (why) => this.#lost(why));
      this.#connection = connection;
      if (this.#closing.signal.aborted) connection.close();
      if (this.#trouble !== undefined) logger?.info('a cache is connected again', this.#logFields);
      this.#trouble = undefined;
      this.#nextAttemptAt = performance.now() + this.#backoff.next(Infinity);
    } catch (error) {
      this.#lost(error);
      this.#nextAttemptAt = performance.now() + this.#backoff.next(0);
    }
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

  #unreachable(): CacheError {
    const why = this.#trouble === undefined ? 'it did not answer' : messageOf(this.#trouble);
    const message = `cache '${this.#options.name}': no connection to ${this.#description}: ${why}`;
    return new CacheError('CONNECTION', message, { retryable: true, cause: this.#trouble });
  }

  #refused(): CacheError {
    const { name, login } = this.#options;
    const why = login
      ? `refuses the login of user '${login.username}'; look at user and password of its url`
      : 'wants a login; write memcached://user:password@host';
    return new CacheError('CONNECTION', `cache '${name}': ${this.#description} ${why}`);
  }

  #late(): CacheError {
    const { name, timeoutMs } = this.#options;
    const message = `cache '${name}': ${this.#description} did not answer within ${timeoutMs} ms`;
    return new CacheError('TIMEOUT', message, { retryable: true });
  }
}
