import type { InjectionKey } from '../container/index.js';
import type { Duration } from '../foundation/index.js';
import type { StreamOptions } from '../module/index.js';
import type { ServedService } from '../services/index.js';

/** What a test asked for. */
export interface TestPlan {
  readonly overrides: ReadonlyMap<InjectionKey, unknown>;
  readonly secrets: ReadonlyMap<string, string>;
  /** Served to the module in both worlds, in the place of its own implementations. */
  readonly services: readonly ServedService[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeout: Duration | undefined;
  /** The largest body of a request, of the gateway too. */
  readonly maxBody?: string | number | undefined;
  readonly streams?: StreamOptions | undefined;
}
