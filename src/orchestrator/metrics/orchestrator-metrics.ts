import { EventLoopLag } from '../../foundation/index.js';
import { type RotationReport, type WatchHealth, watchHealth } from '../../secrets/index.js';
import type { Channel } from '../../wire/index.js';
import type { ModuleStatus } from '../supervisor/module-status.js';
import { Distribution } from './distribution.js';
import { metricDescriptions } from './metric-descriptions.js';
import { WireTallies } from './wire-tallies.js';

const lagEveryMs = 1_000;

export type RotationOutcome = 'committed' | 'rejected' | 'refused';

/**
 * Everything an orchestrator counts, kept in plain numbers: nothing of Prometheus is loaded, nor made into text, until
 * somebody asks. Whoever creates it closes it.
 */
export class OrchestratorMetrics {
  readonly loopLags = new Distribution(metricDescriptions.pywatt_event_loop_lag_seconds.buckets);
  readonly acknowledgements = new Distribution(metricDescriptions.pywatt_secret_rotation_acknowledged_seconds.buckets);
  readonly rotations = new Map<RotationOutcome, number>([
    ['committed', 0],
    ['rejected', 0],
    ['refused', 0],
  ]);
  readonly #statuses: () => readonly ModuleStatus[];
  readonly #secrets: () => WatchHealth;
  readonly #wires = new Map<string, WireTallies>();
  readonly #lag = new EventLoopLag();
  readonly #timer: NodeJS.Timeout;

  constructor(statuses: () => readonly ModuleStatus[], secrets: () => WatchHealth = () => watchHealth([])) {
    this.#statuses = statuses;
    this.#secrets = secrets;
    this.#timer = setInterval(() => this.loopLags.observe(this.#lag.takeLongestMs() / 1000), lagEveryMs);
    this.#timer.unref();
  }

  get modules(): readonly ModuleStatus[] {
    return this.#statuses();
  }

  get secrets(): WatchHealth {
    return this.#secrets();
  }

  get wires(): readonly WireTallies[] {
    return [...this.#wires.values()];
  }

  /** Where a launch of a module counts; it goes on where the launch before it stopped. */
  wireOf(moduleId: string, channel: Channel): WireTallies {
    const key = `${moduleId} ${channel.kind}`;
    const tallies = this.#wires.get(key) ?? new WireTallies(moduleId, channel);
    tallies.channel = channel;
    this.#wires.set(key, tallies);
    return tallies;
  }

  rotated({ outcome, acknowledgedMs }: Pick<RotationReport, 'outcome' | 'acknowledgedMs'>): void {
    this.#countRotation(outcome);
    if (acknowledgedMs !== undefined) this.acknowledgements.observe(acknowledgedMs / 1000);
  }

  rotationRefused(): void {
    this.#countRotation('refused');
  }

  #countRotation(outcome: RotationOutcome): void {
    this.rotations.set(outcome, (this.rotations.get(outcome) ?? 0) + 1);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#lag.stop();
  }
}
