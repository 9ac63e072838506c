import { MergedReads } from '../merged-reads.js';
import type { RedisClient } from './redis-client.js';
import { isReply } from './redis-error.js';

/**
 * Reads of a single server, by MGET where there are several. Where it answers nothing Redis is asked whether there is no
 * such key, or one of another type. Where it is refused (an ACL without it), each is read by a GET.
 */
export function redisReads(client: RedisClient): MergedReads<Buffer> {
  return new MergedReads({
    one: (key) => client.getBuffer(key),
    many: async (keys) => (await client.mgetBuffer([...keys])).map((value) => value ?? undefined),
    areNone: async (keys) => (await client.exists([...keys])) === 0,
    // What a GET finds now was written since.
    untold: async (key) => {
      await client.getBuffer(key);
      return null;
    },
    areReadApart: isReply,
  });
}
