import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from './redis-client.js';
import { isMissingScript } from './redis-error.js';
import { redisScripts } from './redis-scripts.js';

/**
 * Runs what `queue` gives to a transaction, which may be done twice. Rejects with the first error among its replies; the
 * other commands are done all the same.
 */
export async function transact(
  client: RedisClient,
  queue: (transaction: ChainableCommander) => void,
  isRepeated = false,
): Promise<void> {
  const transaction = client.multi();
  queue(transaction);
  const replies = await transaction.exec().catch((failure: unknown) => {
    throw refusedOf(failure);
  });
  const [error] = replies?.find(([failure]) => failure) ?? [];
  if (!error) return;
  // What the server has forgotten (SCRIPT FLUSH) ioredis sends again, but not where it hears of it by a transaction.
  if (isRepeated || !isMissingScript(error)) throw error;
  await client.script('LOAD', redisScripts.pywattWrite.lua);
  return transact(client, queue, true);
}

/** Of a transaction that was discarded because commands were refused already, what was said to the first of them. */
function refusedOf(failure: unknown): unknown {
  const [first] = (failure as { previousErrors?: readonly unknown[] } | null)?.previousErrors ?? [];
  return first ?? failure;
}
