import type { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { RedisServer, type ServerTls } from './redis-server.js';

export interface StartedCluster {
  readonly ports: readonly number[];
  /** One for each node. */
  readonly clients: readonly Redis[];
}

export interface ClusterOptions {
  readonly tls?: ServerTls;
  /** Of the last node, where it is another. */
  readonly lastTls?: ServerTls;
  /** Lines of redis.conf for all nodes. */
  readonly settings?: readonly string[];
}

/** Starts three masters that share the slots. `started` is told of all that has to be closed. */
export async function startCluster(
  started: (closable: { close(): Promise<unknown> }) => void,
  { tls, lastTls = tls, settings: common = [] }: ClusterOptions = {},
): Promise<StartedCluster> {
  const ports = [await freePort(), await freePort(), await freePort()];
  const nodes = await Promise.all(
    ports.map(async (port, index) => {
      const settings = [
        ...common,
        'cluster-enabled yes',
        `cluster-config-file nodes-${port}.conf`,
        ...(tls ? ['tls-cluster yes'] : []),
      ];
      const node = await RedisServer.start(settings, port, index === 2 ? lastTls : tls);
      started(node);
      return node;
    }),
  );
  const clients = nodes.map((node) => node.client());
  for (const client of clients) started({ close: async () => client.disconnect() });
  const slots = 16_384;
  for (const [index, client] of clients.entries()) {
    const from = Math.ceil((index * slots) / 3);
    const to = Math.ceil(((index + 1) * slots) / 3);
    await client.cluster('ADDSLOTS', ...Array.from({ length: to - from }, (_, slot) => from + slot));
    if (index > 0) await client.cluster('MEET', '127.0.0.1', ports[0]!);
  }
  const giveUpAt = Date.now() + 20_000;
  for (const client of clients)
    while (!String(await client.cluster('INFO')).includes('cluster_state:ok'))
      if (Date.now() > giveUpAt) throw new Error('the cluster does not come together within 20 s');
  return { ports, clients };
}
