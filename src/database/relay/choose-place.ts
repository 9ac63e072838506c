import type { Lease } from './lease.js';
import type { PoolRequest } from './pool-queue.js';

/** Which place of a pool serves a request. */
export type PlaceChoice =
  | { readonly kind: 'hand over' | 'replace'; readonly lease: Lease }
  | { readonly kind: 'fill' }
  | { readonly kind: 'wait' };

export interface PlaceLimits {
  /** Whether the module may have one more. */
  readonly mayGrow: boolean;
  /** Whether the pool may. */
  readonly hasRoom: boolean;
  readonly isCurrent: (lease: Lease) => boolean;
}

/** One that nobody holds, a new one, and last what another holds and does not use, longest idle first. */
export function choosePlace(
  all: readonly Lease[],
  { holder, key }: Pick<PoolRequest, 'holder' | 'key'>,
  { mayGrow, hasRoom, isCurrent }: PlaceLimits,
): PlaceChoice {
  const free = all.filter((lease) => lease.isFree);
  const leases = free.filter(isCurrent);
  const unheld = leases.filter((lease) => lease.holder === undefined);
  const isMine = (lease: Lease) => lease.owner === holder.owner;
  const suits = (lease: Lease) => lease.key === key;
  const ready = unheld.find((lease) => suits(lease) && (isMine(lease) || mayGrow));
  if (ready) return { kind: 'hand over', lease: ready };
  if (mayGrow) {
    if (hasRoom) return { kind: 'fill' };
    const lease = free.find((one) => !isCurrent(one)) ?? unheld[0];
    if (lease) return { kind: 'replace', lease };
  }
  const idle = leases
    .filter((lease) => mayGrow || isMine(lease))
    .toSorted((a, b) => Number(isMine(b)) - Number(isMine(a)) || a.lastUsed - b.lastUsed);
  const lease = idle.find(suits) ?? idle[0];
  if (lease === undefined) return { kind: 'wait' };
  return { kind: suits(lease) ? 'hand over' : 'replace', lease };
}
