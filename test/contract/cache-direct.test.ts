import { describe, expect, it } from '@jest/globals';
import { checkCacheOptions } from '../../src/cache/index.js';
import { type CacheBackend, cacheBackends } from './cache/cache-backend.js';
import { cacheWorlds } from './cache/cache-worlds.js';
import { enteredForSuite } from './cache/entered-for-suite.js';
import { cacheCasesFor } from './cache-contract.js';

function contractOn({ backend, describe: describeOn, start, cannot }: CacheBackend): void {
  describeOn.each(cacheWorlds)(`Cache on ${backend}, $world`, ({ enter }) => {
    const fixture = enteredForSuite(start, enter);
    const cases = cacheCasesFor(cannot);
    const runContractCase = (index: number) => cases[index]!.run(fixture());
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
