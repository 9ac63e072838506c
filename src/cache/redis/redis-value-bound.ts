import type { Redis } from 'ioredis';

/** The error of a value that was not sent. */
export const valueTooLarge = 'PYWATT_VALUE_TOO_LARGE';

/** Redis lets nobody choose a lower one. */
const lowestBound = 1024 * 1024;
const defaultBound = 512 * 1024 * 1024;

/**
 * The largest value a server takes (proto-max-bulk-len). It hangs up on whoever sends a larger one, often without a word,
 * and what others have under way on the connection is lost with it. So it is asked, once, when a value may be too large;
 * where the user may not ask, it is taken for the default.
 */
export class RedisValueBound {
  #bytes: Promise<number> | undefined;

  /**
   * Sends at once what no server refuses, so that it goes in the order in which it is written, and the rest once the
   * server was asked. Rejects with `valueTooLarge`, else as `send`.
   */
  within<T>(client: Pick<Redis, 'config'>, values: readonly Uint8Array[], send: () => Promise<T>): Promise<T> {
    return this.mayRefuse(values) ? this.#check(client, values).then(send) : send();
  }

  /** Whether the server has to be asked. */
  mayRefuse(values: readonly Uint8Array[]): boolean {
    return values.some(({ byteLength }) => byteLength > lowestBound);
  }

  async #check(client: Pick<Redis, 'config'>, values: readonly Uint8Array[]): Promise<void> {
    this.#bytes ??= boundOf(client);
    const bound = await this.#bytes;
    if (values.some(({ byteLength }) => byteLength > bound)) throw new Error(valueTooLarge);
  }
}

async function boundOf(client: Pick<Redis, 'config'>): Promise<number> {
  try {
    const [, bytes] = (await client.config('GET', 'proto-max-bulk-len')) as readonly string[];
    return Number(bytes) || defaultBound;
  } catch {
    return defaultBound;
  }
}
