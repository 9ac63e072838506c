import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CacheBroker,
  CacheError,
  type Cache,
  type CacheOptions,
  checkCacheOptions,
  openCache,
  type NearGrants,
  openCacheStore,
  openProxiedStore,
  StoreCache,
} from '../../src/cache/index.js';
import type { ServiceConnection } from '../../src/wire/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { overLines } from '../unit/wire/over-lines.js';
import { type CacheBackend, cacheBackends, type OpenedBackend } from './cache/cache-backend.js';
import { cacheCasesFor, type CacheFixture } from './cache-contract.js';

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

interface Entered {
  readonly fixture: CacheFixture;
  close(): Promise<unknown>;
}

const near: NearGrants = {
  modules: new Map([['contract', { maxBytes: 1024 ** 2, maxEntries: 1_000 }]]),
  mayOutlive: false,
};

async function enterProxied({ cache, small, sliding }: OpenedBackend, isNear: boolean): Promise<Entered> {
  const stores = await Promise.all([cache, small, sliding].map((options) => openCacheStore(options)));
  const grants = new Map(isNear ? stores.map(({ name }) => [name, near]) : []);
  const broker = new CacheBroker((name) => stores.find((store) => store.name === name), silentLogger, grants);
  const open = async ({ name }: CacheOptions) => {
    const connection = await broker.open({ moduleId: 'contract', name, config: {}, typedValues: true });
    return new StoreCache(openProxiedStore(name, throughJson(connection)));
  };
  return {
    fixture: { cache: await open(cache), small: await open(small), sliding: await open(sliding) },
    close: () => Promise.all(stores.map((store) => store.close())),
  };
}

const worlds = [
  {
    world: 'direct',
    enter: async ({ cache, small, sliding }: OpenedBackend): Promise<Entered> => ({
      fixture: { cache: await openCache(cache), small: await openCache(small), sliding: await openCache(sliding) },
      close: async () => undefined,
    }),
  },
  {
    world: 'proxied, as JSON',
    enter: (opened: OpenedBackend) => enterProxied(opened, false),
  },
  {
    world: 'proxied with a near cache, as JSON',
    enter: (opened: OpenedBackend) => enterProxied(opened, true),
  },
];

function contractOn({ backend, describe: describeOn, start, cannot }: CacheBackend): void {
  describeOn.each(worlds)(`Cache on ${backend}, $world`, ({ enter }) => {
    let opened: OpenedBackend;
    let entered: Entered;
    beforeAll(async () => {
      opened = await start();
      entered = await enter(opened);
    });
    afterAll(async () => {
      await Promise.all(Object.values(entered.fixture).map((cache: Cache) => cache.close()));
      await entered.close();
      await opened.close();
    });

    const cases = cacheCasesFor(cannot);
    const runContractCase = (index: number) => cases[index]!.run(entered.fixture);
    it.each(cases.map(({ title }, index) => ({ title, index })))('$title', ({ index }) => runContractCase(index));
  });

  if (!cannot.bound) return;
  const { why, url } = cannot.bound;
  describe(`Cache on ${backend}`, () => {
    it.each([{ max: '1mb' }, { policy: 'lru' }])(`refuses %j: ${why}`, (bound) => {
      expect(() => checkCacheOptions({ name: 'c', url, ...bound })).toThrow('has no setting');
    });
  });
}

for (const backend of cacheBackends) contractOn(backend);
