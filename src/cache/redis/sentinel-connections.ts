import type { Redis } from 'ioredis';

/** What is used here of the connector of ioredis, which it shows nobody. */
interface SentinelConnector {
  connectToSentinel?: (endpoint: object, options?: object) => Redis;
}

/**
 * Lets a client's connections to sentinels end within `disconnectTimeoutMs`. ioredis waits 2 s for the end of one that
 * never was, and keeps the process alive for it; its option for that does not reach them.
 */
export function endSentinelConnectionsWithin(client: Redis, disconnectTimeoutMs: number): void {
  const { connector } = client as unknown as { readonly connector?: SentinelConnector };
  const connect = connector?.connectToSentinel?.bind(connector);
  if (!connect) return;
  connector!.connectToSentinel = (endpoint, options) =>
    connect(endpoint, { ...options, disconnectTimeout: disconnectTimeoutMs });
}
