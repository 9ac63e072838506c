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

/** The same of several at once; 'apart': it is no string. Rejects where MGET is refused. */
export async function readPlaces(
  client: RedisClient,
  places: readonly string[],
): Promise<readonly (Buffer | null | 'apart')[]> {
  const values: (Buffer | null | 'apart')[] = await client.mgetBuffer([...places]);
  const open = [...values.keys()].filter((index) => values[index] === null);
  if (open.length === 0 || (await client.exists(open.map((index) => places[index]!))) === 0) return values;
  const types = await Promise.all(open.map((index) => client.type(places[index]!)));
  // What is a string now was written since.
  for (const [at, index] of open.entries()) if (!['none', 'string'].includes(types[at]!)) values[index] = 'apart';
  return values;
}
