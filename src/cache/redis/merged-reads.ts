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
    let open = reads;
    try {
      const values = await this.#client.mgetBuffer(keysOf(reads));
      for (const [index, { resolve }] of reads.entries()) if (values[index]) resolve(values[index]);
      open = reads.filter((_, index) => !values[index]);
      // What MGET does not find is not there, or is no string.
      if (open.length > 0 && (await this.#client.exists(keysOf(open))) > 0) this.#readEach(open);
      else for (const { resolve } of open) resolve(null);
    } catch (error) {
      if (isReply(error)) this.#readEach(open);
      else for (const { reject } of open) reject(error);
    }
  }

  #readEach(reads: readonly Read[]): void {
    for (const { key, resolve, reject } of reads) this.#client.getBuffer(key).then(resolve, reject);
  }
}

function keysOf(reads: readonly Read[]): string[] {
  return reads.map(({ key }) => key);
}
