import type { SecretProvider, SecretWatch } from './secret-provider.js';

export const watchStates = ['ok', 'troubled', 'stale'] as const;

/** How one watch is: `stale` has not been found in order for too long, `troubled` says why it sees no changes. */
export interface WatchStatus {
  /** What is watched: `file ./secrets`. */
  readonly name: string;
  readonly state: (typeof watchStates)[number];
  /** Grows with every change that was seen. */
  readonly revision: number;
  /** When it was last found in order, in ISO form. */
  readonly checkedAt: string;
  /** What is wrong, and what to do. */
  readonly trouble?: string;
}

/** How the places that hold secrets are. */
export interface WatchHealth {
  /** `degraded`: a change may be missed, or a provider is down and what it said last is served. */
  readonly status: 'ok' | 'degraded';
  readonly watches: readonly WatchStatus[];
  /** Providers that are down, each with the reason. */
  readonly down: readonly { readonly provider: string; readonly reason: string }[];
}

export function watchStatus(watch: SecretWatch, now = Date.now()): WatchStatus {
  const { name, revision, checkedAt, staleAfterMs, trouble } = watch;
  const isStale = now - checkedAt > staleAfterMs;
  const late = `it was last found in order ${Math.round((now - checkedAt) / 1000)} s ago`;
  const said = trouble ?? (isStale ? late : undefined);
  return {
    name,
    state: isStale ? 'stale' : trouble === undefined ? 'ok' : 'troubled',
    revision,
    checkedAt: new Date(checkedAt).toISOString(),
    ...(said !== undefined && { trouble: said }),
  };
}

/** What may be told to anybody: names and states, without the reasons. */
export function shownHealth({ status, watches, down }: WatchHealth): object {
  return {
    status,
    watches: Object.fromEntries(watches.map(({ name, state }) => [name, state])),
    ...(down.length > 0 && { down: down.map(({ provider }) => provider) }),
  };
}

export function watchHealth(
  watches: readonly SecretWatch[],
  providers: readonly SecretProvider[] = [],
  now = Date.now(),
): WatchHealth {
  const statuses = watches.map((watch) => watchStatus(watch, now));
  const down = providers.flatMap(({ name, down: reason }) =>
    reason === undefined ? [] : [{ provider: name, reason }],
  );
  const isWell = down.length === 0 && statuses.every(({ state }) => state === 'ok');
  return { status: isWell ? 'ok' : 'degraded', watches: statuses, down };
}
