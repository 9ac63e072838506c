import type { NearGrants, NearLimits } from '../cache/index.js';
import type { ModuleConfig } from './config/orchestrator-config.js';

/** Which modules may keep entries of which cache in their own memory, by the name of the cache. */
export function nearGrants(modules: ReadonlyMap<string, ModuleConfig>): ReadonlyMap<string, NearGrants> {
  const byCache = new Map<string, { modules: Map<string, NearLimits>; mayOutlive: boolean }>();
  for (const { id, caches, reattachMs } of modules.values())
    for (const [name, grant] of caches) {
      if (typeof grant === 'string') continue;
      const grants = byCache.get(name) ?? { modules: new Map<string, NearLimits>(), mayOutlive: false };
      grants.modules.set(id, grant.near);
      grants.mayOutlive ||= reattachMs !== undefined;
      byCache.set(name, grants);
    }
  return byCache;
}
