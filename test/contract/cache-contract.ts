import { boundCases } from './cache/bound-cases.js';
import type { CacheCase } from './cache/cache-case.js';
import { closeCases } from './cache/close-cases.js';
import { counterCases, statsCases } from './cache/counter-cases.js';
import { keyCases } from './cache/key-cases.js';
import { lockCases } from './cache/lock-cases.js';
import { loadCases } from './cache/load-cases.js';
import { measureCases } from './cache/measure-cases.js';
import { rawCases } from './cache/raw-cases.js';
import { slidingCases } from './cache/sliding-cases.js';
import { tagCases } from './cache/tag-cases.js';
import { staleCases } from './cache/stale-cases.js';
import { ttlCases } from './cache/ttl-cases.js';
import { valueCases } from './cache/value-cases.js';

export { type CacheFixture, smallCacheBytes } from './cache/cache-case.js';
import type { CacheInabilities } from './cache/cache-backend.js';

/** Everything the `Cache` port promises. */
export const cacheContract: readonly CacheCase[] = [
  ...valueCases,
  ...rawCases,
  ...keyCases,
  ...counterCases,
  ...ttlCases,
  ...slidingCases,
  ...tagCases,
  ...boundCases,
  ...statsCases,
  ...measureCases,
  ...loadCases,
  ...staleCases,
  ...lockCases,
  ...closeCases,
];

/** What a backend promises that cannot do some things. */
export function cacheCasesFor(cannot: CacheInabilities): readonly CacheCase[] {
  return cacheContract.filter(({ needs }) => needs === undefined || !(needs in cannot));
}
