import { it } from '@jest/globals';
import { assert as assertHolds, asyncModelRun, asyncProperty, commands } from 'fast-check';
import { type CacheBackend, cacheBackends } from './cache/cache-backend.js';
import { CacheModel, modelSteps } from './cache/cache-model.js';
import { cacheWorlds } from './cache/cache-worlds.js';
import { enteredForSuite } from './cache/entered-for-suite.js';

/** The same in every run; a failure prints the shortest list of steps that it was found with. */
const inEveryRun = { seed: 20_261_126, numRuns: 40 };

function modelOn({ backend, describe: describeOn, start, cannot }: CacheBackend): void {
  describeOn.each(cacheWorlds)(`Any operations of a Cache on ${backend}, $world`, ({ enter }) => {
    const fixture = enteredForSuite(start, enter);

    it.each(['cache', 'sliding'] as const)('come to what a plain map comes to (%s)', async (which) => {
      const cache = fixture()[which];
      const property = asyncProperty(commands([modelSteps], { maxCommands: 60, size: 'max' }), async (steps) => {
        await cache.clear();
        const model = new CacheModel(cannot, await cache.stats());
        try {
          await asyncModelRun(() => ({ model, real: cache }), steps);
        } finally {
          await model.releaseAll();
        }
      });
      await assertHolds(property, inEveryRun);
    });
  });
}

for (const backend of cacheBackends) modelOn(backend);
