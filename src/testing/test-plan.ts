import type { InjectionKey } from '../container/index.js';
import type { Duration } from '../foundation/index.js';
import type { StreamOptions } from '../module/index.js';
import type { CacheGrantInput } from '../orchestrator/index.js';
import type { ServedService } from '../services/index.js';

/** How an orchestrator lets the module have caches, by name, as in the module's entry of its configuration. */
export type TestCacheGrants = Readonly<Record<string, Exclude<CacheGrantInput, 'direct'>>>;

/** What a test asked for. */
export interface TestPlan {
  readonly overrides: ReadonlyMap<InjectionKey, unknown>;
  readonly secrets: ReadonlyMap<string, string>;
  /** Served to the module in both worlds, in the place of its own implementations. */
  readonly services: readonly ServedService[];
  /** Of the caches that are granted in another way than `proxied`. */
  readonly caches?: TestCacheGrants | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly timeout: Duration | undefined;
  /** The largest body of a request, of the gateway too. */
  readonly maxBody?: string | number | undefined;
  readonly streams?: StreamOptions | undefined;
}
