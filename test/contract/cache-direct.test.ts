import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Cache, checkCacheOptions } from '../../src/cache/index.js';
import { type CacheBackend, cacheBackends, type OpenedBackend } from './cache/cache-backend.js';
import { cacheWorlds, type Entered } from './cache/cache-worlds.js';
import { cacheCasesFor } from './cache-contract.js';

function contractOn({ backend, describe: describeOn, start, cannot }: CacheBackend): void {
  describeOn.each(cacheWorlds)(`Cache on ${backend}, $world`, ({ enter }) => {
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
