import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { CacheBroker, openCache, openCacheStore, ProxiedCacheStore, StoreCache } from '../../src/cache/index.js';
import { TestDirectory } from '../../src/testing/test-directory.js';
import { describeWithMemcached, MemcachedProcess } from '../integration/memcached-process.js';
import { startCluster } from '../integration/redis-cluster.js';
import { describeWithRedis, RedisServer } from '../integration/redis-server.js';
import { Closers } from '../support/closers.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { type SharedCaches, sharedLoadCases } from './cache/shared-load-cases.js';
import { ContractOrchestrator } from './contract-orchestrator.js';

interface Entered extends SharedCaches {
  close(): Promise<unknown>;
}

function loadsOnceIn(enter: () => Promise<Entered>): void {
  let entered: Entered;
  beforeAll(async () => {
    entered = await enter();
  });
  afterAll(() => entered.close());
  const runContractCase = (index: number) => sharedLoadCases[index]!.run(entered);
  it.each(sharedLoadCases.map(({ title }, index) => ({ title, index })))('$title', ({ index }) =>
    runContractCase(index),
  );
}

describe('loads of two modules of one orchestrator, on memory', () => {
  loadsOnceIn(async () => {
    const { host, ports } = await ContractOrchestrator.inProcess('memory');
    return { one: ports[0]!.cache, two: ports[1]!.cache, close: () => host.close() };
  });
});

describe('loads of two that open one directory', () => {
  loadsOnceIn(async () => {
    const directory = await TestDirectory.create();
    const options = { name: 'default', url: `file:${directory.path}` };
    const [one, two] = [await openCache(options), await openCache(options)];
    const close = async () => {
      await Promise.all([one.close(), two.close()]);
      await directory.remove();
    };
    return { one, two, close };
  });
});

describeWithMemcached()('loads of two on one memcached', () => {
  loadsOnceIn(async () => {
    const server = await MemcachedProcess.start();
    const closers = new Closers();
    closers.push(() => server.kill());
    const options = { name: 'default', url: server.url };
    const [one, two] = [closers.use(await openCache(options)), closers.use(await openCache(options))];
    return { one, two, close: () => closers.close() };
  });
});

describeWithRedis()('loads on one Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.close());
  const address = () => ({ name: 'default', url: `${server.url}?prefix=${randomUUID()}:` });

  /** An orchestrator's cache, and what connects a module to it. */
  async function proxied(options: { name: string; url: string }) {
    const store = await openCacheStore(options);
    const broker = new CacheBroker(() => store, silentLogger);
    const connect = async () => {
      const connection = await broker.open({ moduleId: 'loads', name: 'default', config: {}, typedValues: true });
      return new StoreCache(new ProxiedCacheStore('default', connection));
    };
    return { store, connect };
  }

  describe('by two modules by themselves', () => {
    loadsOnceIn(async () => {
      const options = address();
      const [one, two] = [await openCache(options), await openCache(options)];
      return { one, two, close: () => Promise.all([one.close(), two.close()]) };
    });
  });

  describe('by two modules by themselves, on a cluster', () => {
    loadsOnceIn(async () => {
      const closers = new Closers();
      const { ports } = await startCluster((closable) => closers.use(closable));
      const options = { name: 'default', url: `redis-cluster://127.0.0.1:${ports[0]}` };
      const [one, two] = [closers.use(await openCache(options)), closers.use(await openCache(options))];
      return { one, two, close: () => closers.close() };
    });
  });

  describe('by modules of two orchestrators', () => {
    loadsOnceIn(async () => {
      const options = address();
      const [first, second] = [await proxied(options), await proxied(options)];
      const [one, two] = [await first.connect(), await second.connect()];
      const close = () => Promise.all([one.close(), two.close(), first.store.close(), second.store.close()]);
      return { one, two, close };
    });
  });

  describe('by two modules of one orchestrator', () => {
    loadsOnceIn(async () => {
      const { store, connect } = await proxied(address());
      const [one, two] = [await connect(), await connect()];
      const close = () => Promise.all([one.close(), two.close(), store.close()]);
      return { one, two, close };
    });
  });
});
