import type { CredentialUser, Logger, Redactor } from '../../foundation/index.js';
import {
  type ChainedSecretProvider,
  ProviderChanges,
  type RotateOptions,
  type RotationActor,
  RotationCoordinator,
  type RotationCoordinatorOptions,
  type RotationReport,
  type StoredSecret,
} from '../../secrets/index.js';
import type { AuditEvent } from '../audit/audit-entry.js';
import { AuditLog } from '../audit/audit-log.js';
import { SetVersions } from '../audit/set-versions.js';
import type { OrchestratorMetrics } from '../metrics/orchestrator-metrics.js';
import { auditedRotations } from './audited-rotations.js';
import { finishRotations } from './finish-rotations.js';
import { JournalDirectory } from './journal-directory.js';
import type { PreviousValues } from './previous-values.js';

export interface SecretRotationsOptions extends Pick<RotationCoordinatorOptions, 'store' | 'participants'> {
  readonly provider: ChainedSecretProvider;
  /** What in this process logs in with a secret. */
  readonly credentialUsers: () => readonly CredentialUser[];
  /** What this orchestrator itself still accepts after it was replaced. */
  readonly previous: PreviousValues;
  readonly metrics: OrchestratorMetrics;
  /** Where the audit log and the journal are; undefined where nobody makes sure that no other process writes there. */
  readonly stateDirectory: string | undefined;
  readonly redactor: Redactor;
  readonly logger: Logger;
}

/** Everything an orchestrator does about rotations: it drives them, keeps them over a crash, records and counts them. */
export class SecretRotations {
  readonly #options: SecretRotationsOptions;
  readonly #coordinator: RotationCoordinator;
  readonly #audit: AuditLog | undefined;
  readonly #journal: JournalDirectory | undefined;
  #changes: ProviderChanges | undefined;
  #leftProblems: readonly string[] = [];

  constructor(options: SecretRotationsOptions) {
    const { store, redactor, logger, participants, previous, stateDirectory, metrics } = options;
    this.#options = options;
    this.#audit = stateDirectory === undefined ? undefined : new AuditLog({ stateDirectory, logger });
    this.#journal = stateDirectory === undefined ? undefined : new JournalDirectory(stateDirectory);
    const audited = auditedRotations((event) => this.audit(event));
    this.#coordinator = new RotationCoordinator({
      store,
      redactor,
      logger,
      participants,
      credentialUsers: (name) => options.credentialUsers().filter(({ secret }) => secret === name),
      ...(this.#journal && { journal: this.#journal }),
      keepPrevious: (proposals, overlapMs) => previous.keep(proposals, overlapMs),
      recorder: {
        decided: (report) => {
          metrics.rotated(report);
          return audited.decided(report);
        },
        retired: (report, versions) => audited.retired(report, versions),
      },
    });
  }

  /** Opens the records, ends what a crash interrupted and takes over what was set meanwhile. Before anybody is given a secret. */
  async resume(): Promise<void> {
    await this.#audit?.open();
    const { provider, logger, store, previous, stateDirectory } = this.#options;
    if (!this.#journal || stateDirectory === undefined) return;
    const audit = (event: AuditEvent) => this.audit(event);
    const expect = (name: string, secret: StoredSecret) => store.expect(name, secret);
    this.#leftProblems = await finishRotations({ journal: this.#journal, provider, expect, audit, logger });
    const set = await new SetVersions(stateDirectory).take(provider, logger);
    for (const [name, secret] of set) expect(name, secret);
    await previous.load(provider);
  }

  /** From now on values that change where they are kept are rotated to. */
  async watch(): Promise<void> {
    const { provider, logger } = this.#options;
    this.#changes = await ProviderChanges.open(provider, this.#coordinator, logger);
  }

  rotate(values: ReadonlyMap<string, string>, options?: RotateOptions): Promise<RotationReport> {
    return this.#counted(this.#coordinator.rotateAll(values, options));
  }

  /** Rejects with NOT_FOUND also for a name that is that of no secret. */
  adopt(names: readonly string[], options: RotateOptions = {}): Promise<RotationReport | undefined> {
    const adopting = this.#checkKnown(names).then(() =>
      this.#coordinator.adopt(names, { by: { kind: 'api' }, ...options }),
    );
    return this.#counted(adopting);
  }

  /** Never rejects. */
  audit(event: AuditEvent): Promise<void> {
    return this.#audit?.append(event) ?? Promise.resolve();
  }

  /**
   * As `audit`, of a secret that was set where it is kept, with the version it has once it is in force. Resolves with why
   * that cannot be recorded.
   */
  async recordSet(name: string, who: RotationActor): Promise<string | undefined> {
    const version = await this.#options.store.versionNow(name).catch(() => undefined);
    const versions = version === undefined ? {} : { versions: { [name]: version } };
    await this.audit({ what: 'set', names: [name], who, outcome: 'done', ...versions });
    return this.#audit?.trouble;
  }

  /** What is not as it should be, in words. */
  get problems(): readonly string[] {
    const refused = [...this.#coordinator.refusedChanges].map(
      ([name, why]) =>
        `secret '${name}': its provider has a new value that was rejected (${why}); the old one is in force`,
    );
    const failed = [...(this.#changes?.failed ?? [])].map(
      ([name, why]) => `secret '${name}': a change of its value could not be taken over (${why}); it is tried again`,
    );
    const deleted = [...this.#coordinator.deletedSecrets].map(
      (name) =>
        `secret '${name}' was deleted where it is kept: running modules go on with its last value, and none that needs it can start`,
    );
    return [...this.#leftProblems, ...refused, ...failed, ...deleted, this.#audit?.trouble].filter(
      (problem) => problem !== undefined,
    );
  }

  /** Refuses further rotations and waits for those under way. */
  async close(): Promise<void> {
    await Promise.all([this.#changes?.close(), this.#coordinator.close()]);
  }

  /** The last of all: what is done until then is still recorded. */
  async closeRecords(): Promise<void> {
    await this.#audit?.close();
  }

  async #checkKnown(names: readonly string[]): Promise<void> {
    const { store, provider } = this.#options;
    for (const name of names) {
      const wasGiven = this.#coordinator.deletedSecrets.has(name) || (await store.get(name, { mode: 'cache' }));
      if (!wasGiven && !(await provider.find(name))) throw await store.notFound(name);
    }
  }

  #counted<T>(rotation: Promise<T>): Promise<T> {
    rotation.catch(() => this.#options.metrics.rotationRefused());
    return rotation;
  }
}
