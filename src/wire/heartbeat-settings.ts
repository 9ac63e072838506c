import type { LivenessLimits } from './liveness.js';

/** How often both ends of a session ask each other whether they live, and what they make of the answers. */
export interface HeartbeatSettings extends LivenessLimits {
  /** From one heartbeat to the next. */
  readonly intervalMs: number;
}

/** What holds where nobody says otherwise. */
export const defaultHeartbeat: HeartbeatSettings = { intervalMs: 5_000, missed: 3, slowMs: 1_000 };

/** As init tells them to the module. */
export interface HeartbeatFields {
  readonly interval_ms: number;
  readonly missed: number;
  readonly slow_ms: number;
}

export function heartbeatFields({ intervalMs, missed, slowMs }: HeartbeatSettings): HeartbeatFields {
  return { interval_ms: intervalMs, missed, slow_ms: slowMs };
}

/** Left out by an orchestrator that has nothing to say about them: the defaults. */
export function heartbeatSettings(fields: HeartbeatFields | undefined): HeartbeatSettings {
  if (fields === undefined) return defaultHeartbeat;
  return { intervalMs: fields.interval_ms, missed: fields.missed, slowMs: fields.slow_ms };
}
