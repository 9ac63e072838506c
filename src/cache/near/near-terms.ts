import { isJsonObject, type JsonObject } from '../../foundation/index.js';
import { leaseMs, type NearLimits } from './near-limits.js';

/** What a module that may keep entries near has to keep to. */
export interface NearTerms extends NearLimits {
  readonly leaseMs: number;
}

/** As the broker tells them with the facts of the connection. */
export function nearFacts({ maxBytes, maxEntries }: NearLimits): JsonObject {
  return { max_bytes: maxBytes, max_entries: maxEntries, lease_ms: leaseMs };
}

/** undefined where nothing may be kept near, or an orchestrator of another version says it otherwise. */
export function nearTermsIn(info: JsonObject): NearTerms | undefined {
  const { max_bytes: maxBytes, max_entries: maxEntries, lease_ms: lease } = isJsonObject(info.near) ? info.near : {};
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value);
  if (!isCount(maxBytes) || !isCount(maxEntries) || !isCount(lease)) return undefined;
  return { maxBytes, maxEntries, leaseMs: lease };
}
