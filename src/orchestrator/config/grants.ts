import type { NearLimits, NearLimitsInput } from '../../cache/index.js';

/** How a module reaches something it was granted: through the orchestrator, or by itself with its own credentials. */
export const grantKinds = ['proxied', 'direct'] as const;
export type GrantKind = (typeof grantKinds)[number];

/** `near`: proxied, and what the module reads of the cache may stay in its memory for a while. */
export type CacheGrantInput = GrantKind | { near: true | NearLimitsInput };
export type CacheGrant = GrantKind | { readonly near: NearLimits };

/** What a module may do with the orchestrator's tokens. */
export type JwtGrant = 'sign' | 'verify';
