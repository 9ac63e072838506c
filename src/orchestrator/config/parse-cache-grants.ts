import { parseNearLimits } from '../../cache/index.js';
import { isJsonObject, ValueError } from '../../foundation/index.js';
import { parseGrants } from './config-values.js';
import type { CacheGrant, GrantKind } from './grants.js';

/** `[default]` or `{ default: { near: { max: 1mb } }, reports: direct }`. Throws `ValueError`. */
export function parseCacheGrants(value: unknown): Map<string, CacheGrant> {
  if (!isJsonObject(value)) return parseGrants(value);
  const grants = Object.entries(value).map(([name, grant]) => [name, parseCacheGrant(name, grant)] as const);
  return new Map(grants);
}

function parseCacheGrant(name: string, grant: unknown): CacheGrant {
  if (!isJsonObject(grant)) return parseGrants({ [name]: grant }).get(name) as GrantKind;
  const { near, ...rest } = grant;
  if (near === undefined || Object.keys(rest).length > 0)
    throw new ValueError(`${name} must be proxied, direct, or { near: true }, not ${JSON.stringify(grant)}`);
  return { near: parseNearLimits(near, `${name}: near`) };
}
