import { isJsonObject, type JsonObject } from '../../foundation/index.js';
import { leaseMs, type NearLimits } from './near-limits.js';

/** What a module that may keep entries near has to keep to. */
export interface NearTerms extends NearLimits {
  readonly leaseMs: number;
  /** Whether the orchestrator leases many entries at once. */
  readonly findsMany: boolean;
}

/** As the broker tells them with the facts of the connection. */
export function nearFacts({ maxBytes, maxEntries }: NearLimits): JsonObject {
  return { max_bytes: maxBytes, max_entries: maxEntries, lease_ms: leaseMs, finds_many: true };
}

/** undefined where nothing may be kept near, or an orchestrator of another version says it otherwise. */
export function nearTermsIn(info: JsonObject): NearTerms | undefined {
  if (!isJsonObject(info.near)) return undefined;
  const { max_bytes: maxBytes, max_entries: maxEntries, lease_ms: lease, finds_many: findsMany } = info.near;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value);
  if (!isCount(maxBytes) || !isCount(maxEntries) || !isCount(lease)) return undefined;
  return { maxBytes, maxEntries, leaseMs: lease, findsMany: findsMany === true };
}
