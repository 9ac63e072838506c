import type {
  CalledService,
  CallEnd,
  Channel,
  DropReason,
  ModuleMessage,
  OrchestratorMessage,
  WireObserver,
} from '../wire/index.js';
import { type KnownOperations, other } from './metrics/known-operations.js';
import type { WireTallies } from './metrics/wire-tallies.js';
import type { ModuleTraces } from './trace/module-traces.js';

/** Counts what passes between the orchestrator and one launch of a module, and shows it to whoever traces the module. */
export class LaunchObserver implements WireObserver {
  readonly #talliesOf: (channel: Channel) => WireTallies;
  readonly #channel: Channel;
  #current: WireTallies;
  readonly #operations: KnownOperations;
  readonly #traces: ModuleTraces;

  constructor(
    channel: Channel,
    talliesOf: (channel: Channel) => WireTallies,
    operations: KnownOperations,
    traces: ModuleTraces,
  ) {
    this.#channel = channel;
    this.#talliesOf = talliesOf;
    this.#current = talliesOf(channel);
    this.#operations = operations;
    this.#traces = traces;
  }

  /** By the kind of channel, which a launch may settle late. */
  get #tallies(): WireTallies {
    if (this.#current.kind !== this.#channel.kind) this.#current = this.#talliesOf(this.#channel);
    return this.#current;
  }

  sent(message: OrchestratorMessage, bytes: number, queuedBytes: number): void {
    this.#tallies.passed('to_module', message.op, bytes);
    this.#tallies.queueDepths.observe(queuedBytes);
    if (this.#traces.isWatched) this.#traces.show('to_module', message, bytes);
  }

  received(message: ModuleMessage, bytes: number): void {
    this.#tallies.passed('from_module', message.op, bytes);
    if (this.#traces.isWatched) this.#traces.show('from_module', message, bytes);
  }

  dropped(reason: DropReason, bytes: number): void {
    this.#tallies.drop(reason);
    if (reason === 'unknown_op') this.#tallies.passed('from_module', other, bytes);
  }

  called(service: CalledService, operation: string): CallEnd {
    const name = this.#operations.nameOf(service, operation);
    const tally = this.#tallies.call(name.service, name.operation);
    const startedAt = performance.now();
    tally.inFlight += 1;
    return (succeeded) => {
      tally.inFlight -= 1;
      (succeeded ? tally.ok : tally.error).observe((performance.now() - startedAt) / 1000);
    };
  }

  heartbeat(roundTripMs: number, lagMs: number | undefined): void {
    this.#tallies.roundTrips.observe(roundTripMs / 1000);
    if (lagMs !== undefined) this.#tallies.lags.observe(lagMs / 1000);
  }
}
