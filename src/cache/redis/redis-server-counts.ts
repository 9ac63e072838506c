import type { RedisClient } from './redis-client.js';
import { nodesOf } from './redis-keys.js';

export interface ServerCounts {
  readonly evictions: number;
  readonly expirations: number;
}

/** What the servers behind a cache have evicted and expired since they started, in all of their databases. */
export async function serverCounts(client: RedisClient): Promise<ServerCounts> {
  const reports = await Promise.all(nodesOf(client).map((node) => node.info('stats')));
  const sumOf = (name: string) => reports.reduce((sum, report) => sum + countIn(report, name), 0);
  return { evictions: sumOf('evicted_keys'), expirations: sumOf('expired_keys') };
}

function countIn(report: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(report)?.[1] ?? 0);
}
