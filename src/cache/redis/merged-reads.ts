import type { RedisClient } from './redis-client.js';
import { isReply } from './redis-error.js';

/** So many keys are read by one command, so that no answer waits for a very long one. */
const maxKeys = 64;

interface Read {
  readonly key: string;
  readonly resolve: (value: Buffer | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads of one turn of the event loop by one MGET, which costs all sides far less than as many GETs, and answers the
 * same: where it answers nothing it is asked whether there is no such key, or one of another type. Where it is refused
 * (an ACL without it), each is read by a GET. For a client of a single server; how long a read may take is its caller's.
 */
export class MergedReads {
  readonly #client: RedisClient;
  #waiting: Read[] = [];

  constructor(client: RedisClient) {
    this.#client = client;
  }

  get(key: string): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.push({ key, resolve, reject });
      if (waiting === 1) process.nextTick(() => this.#send());
      if (waiting === maxKeys) this.#send();
    });
  }

  #send(): void {
    const reads = this.#waiting;
    this.#waiting = [];
    if (reads.length < 2) this.#readEach(reads);
    else void this.#readTogether(reads);
  }

  async #readTogether(reads: readonly Read[]): Promise<void> {
    try {
      const values = await this.#client.mgetBuffer(reads.map(({ key }) => key));
      const missing = reads.filter(({ resolve }, index) => {
        const value = values[index] ?? null;
        if (value !== null) resolve(value);
        return value === null;
      });
      if (missing.length > 0) await this.#look(missing);
    } catch (error) {
      if (isReply(error)) this.#readEach(reads);
      else for (const { reject } of reads) reject(error);
    }
  }

  /** What MGET does not find is not there, or is no string. */
  async #look(reads: readonly Read[]): Promise<void> {
    const there = await this.#client.exists(reads.map(({ key }) => key));
    if (there > 0) this.#readEach(reads);
    else for (const { resolve } of reads) resolve(null);
  }

  #readEach(reads: readonly Read[]): void {
    for (const { key, resolve, reject } of reads) this.#client.getBuffer(key).then(resolve, reject);
  }
}
