import { parseNearLimits } from '../cache/index.js';
import { describeKey, type ModuleGraph } from '../container/index.js';
import { BootError, didYouMean } from '../foundation/index.js';
import { namesOf } from '../module/index.js';
import type { TestCacheGrants } from './test-plan.js';

/** Throws OVERRIDE_INVALID for a cache that the module does not inject, naming the nearest it does, ValueError for what cannot be granted. */
export function checkCaches(graph: ModuleGraph, caches: TestCacheGrants): void {
  const known = namesOf(graph, 'cache');
  for (const [name, grant] of Object.entries(caches)) {
    if (!known.includes(name)) {
      const message = `nothing in ${describeKey(graph.root.class)} injects the cache '${name}'${didYouMean(name, known)}`;
      throw new BootError('OVERRIDE_INVALID', message);
    }
    if (grant !== 'proxied') parseNearLimits(grant.near, `caches.${name}: near`);
  }
}
