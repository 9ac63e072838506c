import type { Distribution } from './distribution.js';
import { watchStates } from '../../secrets/index.js';
import { livenessStates } from '../supervisor/module-status.js';
import type { MetricName } from './metric-descriptions.js';
import type { OrchestratorMetrics } from './orchestrator-metrics.js';
import type { WireTallies } from './wire-tallies.js';

/** One line of a metric, or one histogram. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Distribution;
}

type Samples = (metrics: OrchestratorMetrics) => Iterable<Sample>;

/** Where each metric comes from. */
export const metricSamples: Readonly<Record<MetricName, Samples>> = {
  pywatt_wire_messages_total: ofWires((wire) => sizesOf(wire, ({ count }) => count)),
  pywatt_wire_bytes_total: ofWires((wire) => sizesOf(wire, ({ sum }) => sum)),
  pywatt_wire_message_size_bytes: ofWires((wire) => sizesOf(wire, (sizes) => sizes)),
  pywatt_wire_dropped_total: ofWires(({ dropped }) =>
    [...dropped].map(([reason, value]) => ({ labels: { reason }, value })),
  ),
  pywatt_wire_queued_bytes: ofWires(({ queuedBytes }) => [{ labels: {}, value: queuedBytes }]),
  pywatt_wire_queue_depth_bytes: ofWires(({ queueDepths }) => [{ labels: {}, value: queueDepths }]),
  pywatt_calls_in_flight: ofWires(({ calls }) =>
    [...calls].map(([service, operations]) => ({
      labels: { service },
      value: [...operations.values()].reduce((sum, { inFlight }) => sum + inFlight, 0),
    })),
  ),
  pywatt_call_duration_seconds: ofWires(durationsOf),
  pywatt_heartbeat_round_trip_seconds: ofWires(({ roundTrips }) => [{ labels: {}, value: roundTrips }]),
  pywatt_module_event_loop_lag_seconds: ({ wires }) =>
    wires.map(({ moduleId, lags }) => ({ labels: { module: moduleId }, value: lags })),
  pywatt_event_loop_lag_seconds: ({ loopLags }) => [{ labels: {}, value: loopLags }],
  pywatt_module_up: ({ modules }) =>
    modules.map(({ id, state }) => ({ labels: { module: id }, value: state === 'running' ? 1 : 0 })),
  pywatt_module_liveness: ({ modules }) =>
    modules.flatMap(({ id, liveness }) =>
      livenessStates.map((state) => ({ labels: { module: id, state }, value: state === liveness ? 1 : 0 })),
    ),
  pywatt_module_restarts_total: ({ modules }) =>
    modules.map(({ id, restarts }) => ({ labels: { module: id }, value: restarts })),
  pywatt_secret_rotations_total: ({ rotations }) =>
    [...rotations].map(([outcome, value]) => ({ labels: { outcome }, value })),
  pywatt_secret_watch_up: ({ secrets }) =>
    secrets.watches.flatMap(({ name, state }) =>
      watchStates.map((each) => ({ labels: { watch: name, state: each }, value: each === state ? 1 : 0 })),
    ),
  pywatt_secret_watch_changes_total: ({ secrets }) =>
    secrets.watches.map(({ name, revision }) => ({ labels: { watch: name }, value: revision })),
  pywatt_secret_watch_checked_timestamp_seconds: ({ secrets }) =>
    secrets.watches.map(({ name, checkedAt }) => ({ labels: { watch: name }, value: Date.parse(checkedAt) / 1000 })),
  pywatt_secret_rotation_acknowledged_seconds: ({ acknowledgements }) => [{ labels: {}, value: acknowledgements }],
};

/** The samples of each module's wire, labelled with both. */
function ofWires(samples: (wire: WireTallies) => readonly Sample[]): Samples {
  return ({ wires }) =>
    wires.flatMap((wire) => {
      const labels = { module: wire.moduleId, channel: wire.kind };
      return samples(wire).map((sample) => ({ ...sample, labels: { ...labels, ...sample.labels } }));
    });
}

function sizesOf({ sizes }: WireTallies, value: (sizes: Distribution) => Sample['value']): Sample[] {
  return Object.entries(sizes).flatMap(([direction, ops]) =>
    [...ops].map(([op, sizes]) => ({ labels: { direction, op }, value: value(sizes) })),
  );
}

function durationsOf({ calls }: WireTallies): Sample[] {
  return [...calls.values()].flatMap((operations) =>
    [...operations.values()].flatMap(({ service, operation, ok, error }) => [
      { labels: { service, operation, outcome: 'ok' }, value: ok },
      { labels: { service, operation, outcome: 'error' }, value: error },
    ]),
  );
}
