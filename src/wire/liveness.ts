/** When a peer counts as slow, and when as dead. */
export interface LivenessLimits {
  /** How many heartbeats in a row may stay unanswered. */
  readonly missed: number;
  /** An answer that takes longer, or an event loop that was held up longer, makes the peer slow. */
  readonly slowMs: number;
}

/** The worst of what a peer answered in one round. */
export interface HeartbeatAnswer {
  /** From a heartbeat to its answer, without the time in which our own loop was held up. */
  readonly roundTripMs: number;
  /** The longest hold-up of the peer's event loop since its last answer, from peers that tell. */
  readonly lagMs?: number;
}

/**
 * What heartbeats say of a peer. `alive`: it answers in time. `slow`: it answers late, its event loop lags, or heartbeats
 * are missed but not yet too many. `dead`: too many in a row are; nothing leads out of it.
 */
export type Liveness =
  | ({ readonly kind: 'alive' } & Partial<HeartbeatAnswer>)
  | ({ readonly kind: 'slow'; readonly why: 'late' | 'lag' } & HeartbeatAnswer)
  | { readonly kind: 'slow'; readonly why: 'missed'; readonly missed: number }
  | { readonly kind: 'dead'; readonly missed: number };

/**
 * How a round, from one heartbeat to the next, went. `held_up` is a round in which our own loop had no time to listen, or
 * the machine slept: it says nothing of the peer. When there are many of them, they are `unanswered` like others.
 */
export type LivenessEvent =
  | ({ readonly kind: 'answered' } & HeartbeatAnswer)
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'held_up' };

export function nextLiveness(current: Liveness, event: LivenessEvent, limits: LivenessLimits): Liveness {
  if (current.kind === 'dead') return current;
  switch (event.kind) {
    case 'held_up':
      return current;
    case 'answered': {
      const { kind: _, ...answer } = event;
      if (answer.roundTripMs > limits.slowMs) return { kind: 'slow', why: 'late', ...answer };
      if ((answer.lagMs ?? 0) > limits.slowMs) return { kind: 'slow', why: 'lag', ...answer };
      return { kind: 'alive', ...answer };
    }
    case 'unanswered': {
      const missed = (current.kind === 'slow' && current.why === 'missed' ? current.missed : 0) + 1;
      return missed < limits.missed ? { kind: 'slow', why: 'missed', missed } : { kind: 'dead', missed };
    }
  }
}

/** What is wrong with a peer, for logs and errors: `left 3 heartbeats unanswered`. */
export function describeLiveness(liveness: Liveness): string {
  switch (liveness.kind) {
    case 'alive':
      return 'answers in time';
    case 'dead':
      return unanswered(liveness.missed);
    case 'slow':
      switch (liveness.why) {
        case 'missed':
          return unanswered(liveness.missed);
        case 'late':
          return `took ${Math.round(liveness.roundTripMs)} ms to answer a heartbeat`;
        case 'lag':
          return `had its event loop held up for ${liveness.lagMs} ms`;
      }
  }
}

function unanswered(missed: number): string {
  return missed === 1 ? 'left a heartbeat unanswered' : `left ${missed} heartbeats unanswered`;
}
