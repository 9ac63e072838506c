const seconds = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
const bytes = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 16_777_216, 67_108_864];
const wire = ['module', 'channel'] as const;

export interface MetricDescription {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
}

/**
 * Every metric of an orchestrator. Label values are bounded: modules come from the configuration, channels and ops from
 * the protocol, services and operations from what the orchestrator serves; everything else a peer writes is `other`.
 */
export const metricDescriptions = {
  pywatt_wire_messages_total: {
    type: 'counter',
    labels: [...wire, 'direction', 'op'],
    help: 'Messages on the wire.',
  },
  pywatt_wire_bytes_total: {
    type: 'counter',
    labels: [...wire, 'direction', 'op'],
    help: 'Bytes of messages on the wire.',
  },
  pywatt_wire_message_size_bytes: {
    type: 'histogram',
    labels: [...wire, 'direction', 'op'],
    help: 'Sizes of messages on the wire.',
    buckets: bytes,
  },
  pywatt_wire_dropped_total: {
    type: 'counter',
    labels: [...wire, 'reason'],
    help: 'What came from a module and was not taken.',
  },
  pywatt_wire_queued_bytes: {
    type: 'gauge',
    labels: wire,
    help: 'Bytes that wait to be written to a module now.',
  },
  pywatt_wire_queue_depth_bytes: {
    type: 'histogram',
    labels: wire,
    help: 'Bytes that waited to be written to a module, measured after each message.',
    buckets: [0, ...bytes, 268_435_456],
  },
  pywatt_calls_in_flight: {
    type: 'gauge',
    labels: [...wire, 'service'],
    help: 'Calls that wait for their answer now.',
  },
  pywatt_call_duration_seconds: {
    type: 'histogram',
    labels: [...wire, 'service', 'operation', 'outcome'],
    help: 'How long calls took, from the call to its answer.',
    buckets: seconds,
  },
  pywatt_heartbeat_round_trip_seconds: {
    type: 'histogram',
    labels: wire,
    help: 'From a heartbeat to its acknowledgement.',
    buckets: seconds,
  },
  pywatt_module_event_loop_lag_seconds: {
    type: 'histogram',
    labels: ['module'],
    help: 'The longest hold-up of the event loop of a module between two heartbeats.',
    buckets: seconds,
  },
  pywatt_event_loop_lag_seconds: {
    type: 'histogram',
    labels: [],
    help: 'The longest hold-up of the event loop of the orchestrator in each second.',
    buckets: seconds,
  },
  pywatt_module_up: {
    type: 'gauge',
    labels: ['module'],
    help: '1 while a module is running, 0 otherwise.',
  },
  pywatt_module_liveness: {
    type: 'gauge',
    labels: ['module', 'state'],
    help: '1 for what the heartbeats of a module say now, 0 for the other states.',
  },
  pywatt_module_restarts_total: {
    type: 'counter',
    labels: ['module'],
    help: 'How often a module was started again.',
  },
  pywatt_secret_rotations_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Rotations of secrets.',
  },
  pywatt_secret_watch_up: {
    type: 'gauge',
    labels: ['watch', 'state'],
    help: '1 for how the watch of a place of secrets is now, 0 for the other states.',
  },
  pywatt_secret_watch_changes_total: {
    type: 'counter',
    labels: ['watch'],
    help: 'Changes that the watch of a place of secrets has seen.',
  },
  pywatt_secret_watch_checked_timestamp_seconds: {
    type: 'gauge',
    labels: ['watch'],
    help: 'When a place of secrets was last found in order.',
  },
  pywatt_secret_rotation_acknowledged_seconds: {
    type: 'histogram',
    labels: [],
    help: 'From publishing a rotation until every module had acknowledged it.',
    buckets: seconds,
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;

export type MetricName = keyof typeof metricDescriptions;
