import type { InjectionKey } from '../container/index.js';
import type { Duration } from '../foundation/index.js';

/** What a test asked for. */
export interface TestPlan {
  readonly overrides: ReadonlyMap<InjectionKey, unknown>;
  readonly secrets: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string>>;
  readonly timeout: Duration | undefined;
}
