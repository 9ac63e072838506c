import { messageOf, type OutageBreaker, withDeadline } from '../../foundation/index.js';
import { CacheError } from '../cache-error.js';
import { serverBreaker } from '../server-breaker.js';
import type { IoredisClient } from './ioredis-client.js';
import type { RedisClient } from './redis-client.js';
import { isNotSent } from './redis-error.js';
import type { RedisLink } from './redis-link.js';
import { redisScripts } from './redis-scripts.js';

/**
 * A client that the program made and closes. It is used as it is: whether commands wait for a connection, and are sent
 * again after one was lost, is said by its options. It gets our scripts as commands, and each operation a deadline.
 */
export class GivenRedis implements Pick<RedisLink, 'run' | 'close' | 'credentialUsers'> {
  readonly credentialUsers = [];
  readonly #client: RedisClient;
  readonly #breaker: OutageBreaker | undefined;
  /** Until its first connection is there or has failed, for clients that let no command wait. */
  #beginning: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    private readonly name: string,
    client: IoredisClient,
    private readonly timeoutMs: number,
  ) {
    for (const [script, definition] of Object.entries(redisScripts))
      if (!(script in client)) client.defineCommand(script, definition);
    this.#client = client as RedisClient;
    if (!client.isCluster) this.#breaker = serverBreaker(`cache '${name}': the ioredis client handed in`);
  }

  async run<T>(work: (client: RedisClient) => Promise<T>, timeoutMs = this.timeoutMs): Promise<T> {
    if (this.#isClosed) throw new CacheError('CLOSED', `cache '${this.name}' is closed`);
    if (!this.#breaker) return this.#attempt(work, timeoutMs);
    return this.#breaker.run(() => this.#attempt(work, timeoutMs));
  }

  async #attempt<T>(work: (client: RedisClient) => Promise<T>, timeoutMs: number): Promise<T> {
    try {
      return await withDeadline(this.#work(work), timeoutMs, () => this.#late(timeoutMs));
    } catch (error) {
      const isOver = this.#client.status === 'end';
      if (!isOver && !isNotSent(error) && !messageOf(error).includes('subscriber mode')) throw error;
      const message = `cache '${this.name}': the ioredis client handed in does not send commands now: ${messageOf(error)}`;
      throw new CacheError('CONNECTION', message, { retryable: !isOver });
    }
  }

  /** The client stays as it is. */
  async close(): Promise<void> {
    this.#isClosed = true;
  }

  async #work<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    if (this.#client.options.enableOfflineQueue === false) await (this.#beginning ??= this.#begun());
    // Only a cluster that is connected knows its nodes.
    if (this.#client.isCluster && this.#client.status !== 'ready') await this.#client.ping();
    return work(this.#client);
  }

  /** Once: whether anything waits for a later connection is for its options to say. */
  async #begun(): Promise<void> {
    const client = this.#client;
    if (!['wait', 'connecting', 'connect'].includes(client.status)) return;
    await new Promise<void>((resolve) => {
      for (const event of ['ready', 'close', 'end']) client.once(event, () => resolve());
      if (client.status === 'wait') client.connect().catch(() => resolve());
    });
  }

  #late(timeoutMs: number): CacheError {
    const message = `cache '${this.name}': the ioredis client handed in did not answer within ${timeoutMs} ms; what waits in it may still be done`;
    return new CacheError('TIMEOUT', message, { retryable: true });
  }
}
