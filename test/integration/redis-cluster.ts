import { freePort, RedisServer } from './redis-server.js';

const slots = 16_384;

/** Three servers that share the slots of a cluster; the caller closes them. */
export async function startRedisCluster(): Promise<RedisServer[]> {
  const ports = [await freePort(), await freePort(), await freePort()];
  const nodes = await Promise.all(
    ports.map((port) => RedisServer.start(['cluster-enabled yes', `cluster-config-file nodes-${port}.conf`], port)),
  );
  const clients = nodes.map((node) => node.client());
  try {
    for (const [index, client] of clients.entries()) {
      client.on('error', () => undefined);
      const from = Math.ceil((index * slots) / 3);
      const to = Math.ceil(((index + 1) * slots) / 3);
      await client.cluster('ADDSLOTS', ...Array.from({ length: to - from }, (_, slot) => from + slot));
      if (index > 0) await client.cluster('MEET', '127.0.0.1', ports[0]!);
    }
    const giveUpAt = Date.now() + 20_000;
    for (const client of clients)
      while (!String(await client.cluster('INFO')).includes('cluster_state:ok'))
        if (Date.now() > giveUpAt) throw new Error('the cluster does not come together within 20 s');
    return nodes;
  } catch (error) {
    await Promise.all(nodes.map((node) => node.close()));
    throw error;
  } finally {
    for (const client of clients) client.disconnect();
  }
}
