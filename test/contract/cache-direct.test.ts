import { afterAll, beforeAll, describe, it } from '@jest/globals';
import {
  CacheBroker,
  CacheError,
  openCache,
  openCacheStore,
  ProxiedCacheStore,
  StoreCache,
} from '../../src/cache/index.js';
import type { ServiceConnection } from '../../src/wire/index.js';
import { cacheContract, type CacheFixture, smallCacheBytes } from './cache-contract.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { overLines } from '../unit/wire/over-lines.js';

/** A connection whose values and errors pass as text, as they do on the wire. */
function throughJson(connection: ServiceConnection): ServiceConnection {
  return {
    info: connection.info,
    typedValues: connection.typedValues,
    call: async (operation, params) => {
      try {
        return overLines(await connection.call(operation, overLines(params)));
      } catch (error) {
        const { code, message, retryable, details } = JSON.parse(JSON.stringify(error)) as CacheError;
        throw new CacheError(code, message, { retryable, details });
      }
    },
    close: () => connection.close(),
  };
}

const options = {
  cache: { name: 'default', url: 'memory:' },
  small: { name: 'small', url: `memory:?policy=lru&max=${smallCacheBytes}` },
};

async function directFixture(): Promise<CacheFixture> {
  return { cache: await openCache(options.cache), small: await openCache(options.small) };
}

async function proxiedFixture(): Promise<CacheFixture> {
  const stores = [await openCacheStore(options.cache), await openCacheStore(options.small)];
  const broker = new CacheBroker((name) => stores.find((store) => store.name === name), silentLogger);
  const open = async (name: string) => {
    const connection = await broker.open({ moduleId: 'contract', name, config: {}, typedValues: true });
    return new StoreCache(new ProxiedCacheStore(name, throughJson(connection)));
  };
  return { cache: await open('default'), small: await open('small') };
}

describe.each([
  { world: 'direct', openFixture: directFixture },
  { world: 'proxied, as JSON', openFixture: proxiedFixture },
])('Cache on memory, $world', ({ openFixture }) => {
  let fixture: CacheFixture;
  beforeAll(async () => {
    fixture = await openFixture();
  });
  afterAll(() => Promise.all([fixture.cache.close(), fixture.small.close()]));

  const runContractCase = (index: number) => cacheContract[index]!.run(fixture);
  it.each(cacheContract.map(({ title }, index) => ({ title, index })))('$title', ({ index }) => runContractCase(index));
});
