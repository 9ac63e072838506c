import type { Channel, ChannelKind, DropReason } from '../../wire/index.js';
import { Distribution } from './distribution.js';
import { metricDescriptions } from './metric-descriptions.js';

export type Direction = 'to_module' | 'from_module';

/** Calls of one operation. */
export interface CallTally {
  readonly service: string;
  readonly operation: string;
  readonly ok: Distribution;
  readonly error: Distribution;
  inFlight: number;
}

/** What has passed between the orchestrator and one module on one kind of channel, over all its launches. */
export class WireTallies {
  /** Sizes by op. */
  readonly sizes: Readonly<Record<Direction, Map<string, Distribution>>> = {
    to_module: new Map(),
    from_module: new Map(),
  };
  readonly dropped = new Map<DropReason, number>();
  readonly queueDepths = new Distribution(metricDescriptions.pywatt_wire_queue_depth_bytes.buckets);
  readonly roundTrips = new Distribution(metricDescriptions.pywatt_heartbeat_round_trip_seconds.buckets);
  readonly lags = new Distribution(metricDescriptions.pywatt_module_event_loop_lag_seconds.buckets);
  /** By service, then operation. */
  readonly calls = new Map<string, Map<string, CallTally>>();

  readonly kind: ChannelKind;

  /** `channel` is the one of the latest launch. */
  constructor(
    readonly moduleId: string,
    public channel: Channel,
  ) {
    this.kind = channel.kind;
  }

  /** What waits to be written now; nothing where the launch has turned to another kind of channel. */
  get queuedBytes(): number {
    return this.channel.kind === this.kind ? this.channel.queuedBytes : 0;
  }

  passed(direction: Direction, op: string, bytes: number): void {
    const sizes = this.sizes[direction];
    let distribution = sizes.get(op);
    if (distribution === undefined) {
      distribution = new Distribution(metricDescriptions.pywatt_wire_message_size_bytes.buckets);
      sizes.set(op, distribution);
    }
    distribution.observe(bytes);
  }

  drop(reason: DropReason): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
  }

  /** The tally of an operation; both names must come from a bounded set. */
  call(service: string, operation: string): CallTally {
    const operations = this.calls.get(service) ?? new Map<string, CallTally>();
    if (operations.size === 0) this.calls.set(service, operations);
    let tally = operations.get(operation);
    if (tally === undefined) {
      const { buckets } = metricDescriptions.pywatt_call_duration_seconds;
      tally = { service, operation, ok: new Distribution(buckets), error: new Distribution(buckets), inFlight: 0 };
      operations.set(operation, tally);
    }
    return tally;
  }
}
