import type { Cluster, Redis } from 'ioredis';
import { Backoff } from '../../foundation/index.js';
import type { CachePassword } from '../cache-settings.js';
import type { RedisLocation } from './redis-location.js';
import { isOfReplica } from './redis-error.js';
import { redisScripts } from './redis-scripts.js';
import { endSentinelConnectionsWithin } from './sentinel-connections.js';

/** What both kinds of client of ioredis have in common, with our scripts. */
export type RedisClient = (Redis | Cluster) & {
  pywattFindBuffer(key: string): Promise<[value: Buffer, leftMs: number] | null>;
  pywattFindManyBuffer(keyCount: number, ...keys: string[]): Promise<(Buffer | null)[]>;
  pywattIncrement(key: string, by: string, defaultTtlMs: string): Promise<string>;
  pywattIncrementSliding(key: string, companion: string, by: string, defaultTtlMs: string): Promise<string>;
  pywattMark(key: string): Promise<string | null>;
  pywattWriteOneBuffer(key: string, ...args: (string | Buffer)[]): Promise<unknown>;
  pywattWriteBuffer(keyCount: number, ...keysThenArguments: (string | Buffer)[]): Promise<unknown>;
  pywattWriteSlidingBuffer(key: string, companion: string, ...args: (string | Buffer)[]): Promise<unknown>;
  pywattUseBuffer(key: string, companion: string): Promise<[value: Buffer, leftMs: number] | null>;
  pywattInvalidate(
    tag: string,
    lastLock: string,
    lastEntry: string,
  ): Promise<[members: number, entries: number, lastLock: string, lastEntry: string]>;
  pywattTaggedBuffer(
    tag: string,
    lastLock: string,
    lastEntry: string,
  ): Promise<[placesAndMoments: Buffer[], lastLock: Buffer, lastEntry: Buffer]>;
  pywattTagLock(tag: string, place: string, ttlMs: string): Promise<unknown>;
  pywattTagBuffer(tag: string, place: string, ttlMs: string, isLock: '1' | ''): Promise<Buffer[]>;
  pywattUntag(tag: string | Buffer, ...placesAndMoments: Buffer[]): Promise<unknown>;
  pywattLock(lock: string, counter: string, token: string, ttlMs: number): Promise<number | null>;
  pywattExtendLock(lock: string, token: string, ttlMs: number): Promise<number>;
  pywattUnlock(lock: string, token: string): Promise<number>;
};

const connectTimeoutMs = 5_000;
const leaveEveryMs = 5_000;
const longestWaitMs = 2_000;
/** Nothing ends this wait of ioredis, and a process that has closed its cache lives on for it. */
const longestWaitForSentinelsMs = 500;
/** For what is sent to go out. Of a socket that is closed already ioredis waits for the end of it, and so does the process. */
const disconnectTimeoutMs = 100;

export interface RedisClientOptions {
  /** The cache's, by which the server lists the connection. */
  readonly name: string;
  readonly location: RedisLocation;
  readonly password: string | undefined;
  readonly sentinelPassword?: CachePassword | undefined;
}

/**
 * A client that connects when told to, and connects again by itself. Nothing waits inside it: a command is refused while
 * it is not connected, and one whose reply was lost is not sent again.
 */
export async function redisClient({
  name,
  location,
  password,
  sentinelPassword,
}: RedisClientOptions): Promise<RedisClient> {
  const { Cluster, Redis } = await import('ioredis');
  const { kind, nodes, database, username, master, sentinelUser, tls } = location;
  const backoff = new Backoff({
    initialMs: 50,
    maxMs: kind === 'sentinel' ? longestWaitForSentinelsMs : longestWaitMs,
  });
  let wasReady = false;
  const nextWaitMs = () => {
    const waitMs = backoff.next(wasReady ? Infinity : 0);
    wasReady = false;
    return waitMs;
  };
  const shared = {
    lazyConnect: true,
    enableOfflineQueue: false,
    // Of a single server, `RedisConnection` writes the commands of a turn together, which costs less.
    enableAutoPipelining: kind === 'cluster',
    scripts: redisScripts,
  };
  const login = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls }),
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: disconnectTimeoutMs,
    disableClientInfo: true,
    // ioredis waits for the answer to this, and so for that to the login, before it asks whether the server is ready. Else
    // it takes itself for ready where the login was refused and the server's default user may do everything.
    connectionName: `pywatt:${name}`,
  };
  const firstSentinelPassword = await sentinelPassword?.current();
  const client =
    kind === 'cluster'
      ? new Cluster([...nodes], {
          ...shared,
          redisOptions: login,
          // It would turn the name into an address first, which the certificate of a name does not vouch for.
          dnsLookup: (host, found) => found(null, host),
          clusterRetryStrategy: nextWaitMs,
          retryDelayOnFailover: 0,
          slotsRefreshTimeout: connectTimeoutMs,
        })
      : new Redis({
          ...shared,
          ...login,
          ...(kind === 'sentinel'
            ? {
                sentinels: [...nodes],
                name: master!,
                sentinelRetryStrategy: () => {
                  void renewSentinelPassword();
                  return nextWaitMs();
                },
                ...(sentinelUser !== undefined && { sentinelUsername: sentinelUser }),
                ...(firstSentinelPassword !== undefined && { sentinelPassword: firstSentinelPassword }),
                sentinelCommandTimeout: connectTimeoutMs,
                // The first is for the sentinels, the second for the master they name.
                ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
              }
            : nodes[0]!),
          db: database,
          autoResendUnfulfilledCommands: false,
          maxRetriesPerRequest: 0,
          retryStrategy: nextWaitMs,
          reconnectOnError: leavesReplicas(),
        });
  // The sentinels are asked again when the connection to the master is lost: by then their password may be another.
  const renewSentinelPassword = async () => {
    const latest = await sentinelPassword?.current().catch(() => undefined);
    if (client instanceof Redis && latest !== undefined) client.options.sentinelPassword = latest;
  };
  if (client instanceof Redis) endSentinelConnectionsWithin(client, disconnectTimeoutMs);
  client.on('ready', () => (wasReady = true));
  return client as RedisClient;
}

/** After a failover the address may be another server's, which only a new connection is told. Not again and again. */
function leavesReplicas(): (error: Error) => boolean {
  let leftAt = -Infinity;
  return (error) => {
    const now = performance.now();
    const leaves = isOfReplica(error) && now - leftAt >= leaveEveryMs;
    if (leaves) leftAt = now;
    return leaves;
  };
}
