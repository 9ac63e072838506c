import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import {
  type CredentialUser,
  type Duration,
  durationMs,
  type LogFields,
  type Logger,
  type Redactor,
  settlesWithin,
} from '../../foundation/index.js';
import { checkedValue } from '../checked-value.js';
import { SecretError } from '../secret-error.js';
import { shortSecret, shortSecretWarning } from '../short-secret.js';
import type { SecretStore } from '../secret-store.js';
import { KeyedQueue } from './keyed-queue.js';
import type { Proposal } from './proposal.js';
import { RefusedChanges } from './refused-changes.js';
import type { RotationActor } from './rotation-actor.js';
import { noJournal, type RotationJournal } from './rotation-journal.js';
import type { RotationParticipant } from './rotation-participant.js';
import { loggedCredentials, type RotationReport } from './rotation-report.js';
import { type KeepPrevious, RotationRun } from './rotation-run.js';
import { checkStorable } from './store-all.js';

/** How long a report waits for those that still use the old value; what lasts longer is recorded later. */
const reportWaitMs = 2_000;

/** Keeps what rotations came to. Must not reject. */
export interface RotationRecorder {
  /** A rotation was decided. */
  decided(report: RotationReport): Promise<void>;
  /** Nothing uses the old values of a committed rotation, of these versions, any more, or its overlap has ended. */
  retired(report: RotationReport, versions: Readonly<Record<string, string>>): Promise<void>;
}

export interface RotationCoordinatorOptions {
  readonly store: SecretStore;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /**
   * The modules to ask: every running one that was given this secret in its present launch, announced or not; record
   * it when `SecretStore.get` resolves, before waiting for anything else. Those that ask for the secret later wait in
   * `get` and are given the outcome.
   */
  readonly participants: (name: string) => readonly RotationParticipant[];
  /** What in this process logs in with the secret. Default: nothing. */
  readonly credentialUsers?: (name: string) => readonly CredentialUser[];
  /** Default: nothing is kept over a crash. */
  readonly journal?: RotationJournal;
  /** Default: nothing is kept. */
  readonly keepPrevious?: KeepPrevious;
  readonly recorder?: RotationRecorder;
  /** How many rotations of one secret may run or wait. Default 8. */
  readonly longestQueue?: number;
}

export interface RotateOptions {
  /** How long new credentials may take to be tried, and then the modules to answer. Default `30s`. */
  readonly deadline?: Duration;
  /** How long the retiring value stays accepted elsewhere; told to hooks. Default `5m`. */
  readonly overlap?: Duration;
  /** For the audit log. Default: the API. */
  readonly by?: RotationActor;
}

/** The rotations whose hooks are running in this asynchronous context. */
interface Inside {
  readonly names: readonly string[];
  readonly outer: Inside | undefined;
  isOver: boolean;
}

/** Rotates secrets: either every module that uses one acknowledges and the new value is stored, or the old one stays. */
export class RotationCoordinator {
  readonly #queue: KeyedQueue;
  readonly #inside = new AsyncLocalStorage<Inside>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #refused: RefusedChanges;
  readonly #deleted = new Set<string>();

  constructor(private readonly options: RotationCoordinatorOptions) {
    this.#queue = new KeyedQueue((name) => `secret '${name}'`, options.longestQueue ?? 8);
    this.#refused = new RefusedChanges(options.store, options.redactor);
  }

  /** The secrets whose provider has a value that was rejected, with the reason: the one of before is in force. */
  get refusedChanges(): ReadonlyMap<string, string> {
    return this.#refused.reasons;
  }

  /** The secrets that were deleted where they are kept: who was given one goes on with its last value. */
  get deletedSecrets(): ReadonlySet<string> {
    return this.#deleted;
  }

  /** As `rotateAll`, of one secret. */
  rotate(name: string, value: string, options: RotateOptions = {}): Promise<RotationReport> {
    return this.rotateAll(new Map([[name, value]]), options);
  }

  /**
   * Rotates several secrets together, all or none. Resolves with a report, whatever the modules answered. Rejects
   * beforehand, nothing having been told to anyone, with `SecretError`: INVALID (no secret; a value that is empty, over
   * 1 MiB, no well-formed text or too short to be hidden), NOT_FOUND, READ_ONLY, ROTATION_BUSY (too many waiting; closing;
   * asked for by a hook of a rotation of the same secret).
   */
  async rotateAll(values: ReadonlyMap<string, string>, options: RotateOptions = {}): Promise<RotationReport> {
    const { store, redactor, logger } = this.options;
    for (const [name, value] of values) checkedValue(name, value);
    for (const [name, value] of values) {
      redactor.add(value, { name });
      if (shortSecret(value) === 'warned') logger.warn(shortSecretWarning, { name });
    }
    const names = [...values.keys()].sort();
    try {
      this.#check(names);
      const report = await this.#run(names, options, async (rotationId, proposals) => {
        for (const [name, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1)))
          proposals.push(await store.propose(name, value, rotationId));
      });
      return report!;
    } catch (error) {
      // Nobody was given them: they are hidden no longer than what was rejected.
      for (const [name, value] of values) await store.retire(name, value);
      throw error;
    }
  }

  /**
   * Rotates to the values that the providers of these secrets have by now, together, where they are others than those in
   * force; undefined when none is. Rejected values stay where they are and out of force, until they change again or this
   * is called again. Those that were deleted are left out. Rejects as `rotateAll`, and when a provider cannot be read.
   */
  async adopt(names: Iterable<string>, options: RotateOptions = {}): Promise<RotationReport | undefined> {
    const sorted = [...new Set(names)].sort();
    if (sorted.length === 0) return undefined;
    this.#check(sorted);
    const { store, logger } = this.options;
    const asked: RotateOptions = { by: { kind: 'provider' }, ...options };
    const report = await this.#run(sorted, asked, async (rotationId, proposals) => {
      let deleted: SecretError | undefined;
      for (const name of sorted) {
        this.#deleted.delete(name);
        const proposal = await store.proposeChange(name, rotationId).catch((error: unknown) => {
          if (!SecretError.is(error) || error.code !== 'NOT_FOUND') throw error;
          deleted = error as SecretError;
          this.#deleted.add(name);
        });
        if (proposal) proposals.push(proposal);
        else {
          await this.#refused.end(name);
          await this.#tellOfMissed(name);
        }
      }
      if (deleted !== undefined && proposals.length === 0) throw deleted;
    });
    if (report?.outcome === 'rejected') {
      const why = report.message ?? describeRefusals(report);
      for (const name of report.names) this.#refused.reasons.set(name, why);
      logger.error('the provider of a secret has a new value that was rejected; the old one stays in force here', {
        names: report.names,
        why,
      });
    }
    return report;
  }

  /** Refuses further rotations and waits for those that were accepted, at most their deadlines; not for old values to end. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#queue.idle();
    await Promise.all(this.#retiring);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Undefined when there is nothing to propose. */
  async #run(
    names: readonly string[],
    { deadline = '30s', overlap = '5m', by = { kind: 'api' } }: RotateOptions,
    propose: (rotationId: string, proposals: Proposal[]) => Promise<void>,
  ): Promise<RotationReport | undefined> {
    const { redactor, logger, participants, credentialUsers = () => [], journal = noJournal } = this.options;
    const { keepPrevious = () => Promise.resolve() } = this.options;
    const [deadlineMs, overlapMs] = [durationMs(deadline, 'deadline'), durationMs(overlap, 'overlap')];
    const run = await this.#queue.run(names, async () => {
      const [rotationId, proposals]: [string, Proposal[]] = [randomUUID(), []];
      try {
        await propose(rotationId, proposals);
        checkStorable(proposals);
      } catch (error) {
        for (const proposal of proposals) proposal.withdraw();
        throw error;
      }
      if (proposals.length === 0) return undefined;
      const asked = { rotationId, by, proposals, deadlineMs, overlapMs };
      const run = new RotationRun({
        ...asked,
        participants,
        credentialUsers,
        journal,
        keepPrevious,
        redactor,
        logger,
      });
      const inside: Inside = { names, outer: this.#inside.getStore(), isOver: false };
      await this.#inside.run(inside, () => run.decide());
      inside.isOver = true;
      await this.#decided(run.report, proposals, journal);
      return run;
    });
    if (run?.report.outcome !== 'committed') return run?.report;
    const retiring = this.#retire(run);
    this.#retiring.add(retiring);
    void retiring.then(() => this.#retiring.delete(retiring));
    await settlesWithin(retiring, Math.min(overlapMs, reportWaitMs));
    return run.report;
  }

  /** Who started without it has no handle that could switch. */
  async #tellOfMissed(name: string): Promise<void> {
    const { store, logger } = this.options;
    if (!store.missed.has(name) || (await store.versionNow(name).catch(() => undefined)) === undefined) return;
    store.missed.found(name);
    logger.warn('a secret that nobody had is there now: what started without it takes it when it starts again', {
      name,
    });
  }

  async #decided(report: RotationReport, proposals: readonly Proposal[], journal: RotationJournal): Promise<void> {
    const { logger, recorder, store } = this.options;
    if (report.outcome === 'committed') {
      for (const name of report.names) await this.#refused.end(name);
      logger.info('secret rotation committed', loggedReport(report));
    } else {
      logger.warn('secret rotation rejected; the old value stays in force', loggedReport(report));
      for (const { name, proposed, isAdopted } of proposals)
        await (isAdopted ? this.#refused.refuse(name, proposed.value) : store.retire(name, proposed.value));
    }
    await recorder?.decided(report);
    await journal
      .remove(report.rotationId)
      .catch((error: unknown) => logger.warn('a rotation that has ended stays in the journal', { error }));
  }

  async #retire(run: RotationRun): Promise<void> {
    const { logger, recorder, store } = this.options;
    const isDrained = await run.drain(this.#closing.signal);
    if (!isDrained && this.#closing.signal.aborted) return;
    for (const { name, previous } of run.proposals) await store.retire(name, previous.value);
    const { report } = run;
    if (isDrained) logger.debug('nothing uses the old value of a secret any more', loggedReport(report));
    else
      logger.warn('the overlap of a rotation has ended, and something still uses the old value', loggedReport(report));
    await recorder?.retired(
      report,
      Object.fromEntries(run.proposals.map(({ name, previous }) => [name, previous.version])),
    );
  }

  #check(names: readonly string[]): void {
    if (names.length === 0) throw new SecretError('INVALID', 'name a secret to rotate');
    const shown = names.map((name) => `'${name}'`).join(', ');
    if (this.#closing.signal.aborted)
      throw new SecretError('ROTATION_BUSY', `secret ${shown} cannot be rotated: the orchestrator is stopping`);
    const own = names.find((name) => isInside(this.#inside.getStore(), name));
    if (own !== undefined)
      throw new SecretError(
        'ROTATION_BUSY',
        `a hook of a rotation of '${own}' cannot rotate it again; it would wait for itself`,
      );
  }
}

function isInside(inside: Inside | undefined, name: string): boolean {
  if (!inside) return false;
  return (!inside.isOver && inside.names.includes(name)) || isInside(inside.outer, name);
}

/** What a log is told: what stands under `credentials`, or under a name such as API_KEY, is hidden there. */
function loggedReport({ credentials, versions, ...report }: RotationReport): LogFields {
  const shown = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return { ...report, versions: shown, ...(credentials.length > 0 && { logins: loggedCredentials(credentials) }) };
}

function describeRefusals({ modules }: RotationReport): string {
  const refusals = modules.filter(({ outcome }) => outcome === 'rejected' || outcome === 'late');
  return refusals.map(({ moduleId, outcome, message }) => `${moduleId}: ${message ?? outcome}`).join('; ');
}
