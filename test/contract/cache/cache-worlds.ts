import {
  CacheBroker,
  CacheError,
  type CacheOptions,
  type NearGrants,
  openCache,
  openCacheStore,
  openProxiedStore,
  StoreCache,
} from '../../../src/cache/index.js';
import type { ServiceConnection } from '../../../src/wire/index.js';
import { silentLogger } from '../../unit/foundation/silent-logger.js';
import { overLines } from '../../unit/wire/over-lines.js';
import type { OpenedBackend } from './cache-backend.js';
import type { CacheFixture } from './cache-case.js';

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

export interface Entered {
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

/** The ways from a user of a `Cache` to its backend. */
export const cacheWorlds = [
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
