import { setImmediate } from 'node:timers/promises';
import {
  type CredentialUser,
  type Logger,
  longestTimerMs,
  messageOf,
  type Redactor,
  sleep,
  withDeadline,
} from '../../foundation/index.js';
import { CredentialSwap } from './credential-swap.js';
import type { RotationReason } from './on-secret-rotated.js';
import type { Proposal } from './proposal.js';
import type { RotationActor } from './rotation-actor.js';
import { recordOf, type RotationJournal, type RotationRecord } from './rotation-journal.js';
import type { RotationParticipant } from './rotation-participant.js';
import type { ModuleRotation, RotationReport } from './rotation-report.js';
import { storeAll } from './store-all.js';
import { proofOf } from './value-proof.js';

/** A module's own word about a hook that hung, sent at the deadline, is worth more than "late". */
const graceMs = 500;

export interface RotationRunOptions {
  readonly rotationId: string;
  readonly by: RotationActor;
  /** At least one, in the order of their names. Committed or withdrawn in the end. */
  readonly proposals: readonly Proposal[];
  readonly deadlineMs: number;
  readonly overlapMs: number;
  readonly participants: (name: string) => readonly RotationParticipant[];
  readonly credentialUsers: (name: string) => readonly CredentialUser[];
  readonly journal: RotationJournal;
  readonly keepPrevious: KeepPrevious;
  readonly redactor: Redactor;
  readonly logger: Logger;
}

/** Keeps what proposals are about to replace where it is still accepted after a restart. Rejects when it cannot. */
export type KeepPrevious = (proposals: readonly Proposal[], overlapMs: number) => Promise<void>;

interface Answer {
  readonly participant: RotationParticipant;
  /** Of the secrets that rotate, those it was given. */
  readonly keys: string[];
  module: ModuleRotation;
}

/** One rotation, from the first probe to the last module that has let go of the old values. */
export class RotationRun {
  readonly #options: RotationRunOptions;
  readonly #swap: CredentialSwap;
  readonly #startedAt = new Date();
  readonly #began = performance.now();
  #answers: Answer[] = [];
  #outcome: RotationReport['outcome'] = 'rejected';
  #message: string | undefined;
  #decidedMs = 0;
  #acknowledgedMs: number | undefined;

  constructor(options: RotationRunOptions) {
    this.#options = options;
    this.#swap = new CredentialSwap(options.redactor);
  }

  /** In the order of their names. */
  get proposals(): readonly Proposal[] {
    return this.#options.proposals;
  }

  /** As far as is known by now. */
  get report(): RotationReport {
    const { rotationId, proposals, by } = this.#options;
    const inForce = ({ proposed, previous }: Proposal) => (this.#outcome === 'committed' ? proposed : previous).version;
    const versions = Object.fromEntries(proposals.map((proposal) => [proposal.name, inForce(proposal)]));
    const [first] = proposals;
    return {
      rotationId,
      name: first!.name,
      names: this.#names,
      outcome: this.#outcome,
      version: inForce(first!),
      versions,
      ...(this.#message === undefined ? {} : { message: this.#message }),
      by,
      startedAt: this.#startedAt.toISOString(),
      durationMs: this.#decidedMs,
      ...(this.#acknowledgedMs === undefined ? {} : { acknowledgedMs: this.#acknowledgedMs }),
      credentials: this.#swap.report,
      modules: this.#answers.map(({ module }) => module),
    };
  }

  /** Until it is decided, and everything is as it was when it was rejected. Never rejects. */
  async decide(): Promise<void> {
    const { proposals, redactor } = this.#options;
    try {
      await this.#commit();
      this.#outcome = 'committed';
    } catch (error) {
      if (error !== notAcknowledged) this.#message = redactor.redact(messageOf(error));
    }
    for (const proposal of proposals) proposal.withdraw();
    this.#decidedMs = this.#elapsedMs;
    if (this.#outcome === 'committed') return;
    void this.#swap.abandon();
    await Promise.all(this.#answers.map((answer) => this.#takeBack(answer)));
  }

  /**
   * After a commit: tells everybody, and resolves with whether nothing uses the old values any more; with false when the
   * overlap or `signal` ended it before. Never rejects.
   */
  async drain(signal: AbortSignal): Promise<boolean> {
    const [overlapMs, began] = [Math.min(this.#options.overlapMs, longestTimerMs), performance.now()];
    const [isDrained, overlap] = [new AbortController(), new AbortController()];
    const draining = [this.#swap.retire(overlap.signal), ...this.#answers.map((answer) => this.#settle(answer))];
    void Promise.all(draining).then(() => isDrained.abort());
    await sleep(overlapMs, AbortSignal.any([signal, isDrained.signal]));
    const wasDrained = isDrained.signal.aborted;
    // Also what nothing uses may be accepted until then.
    const leftMs = wasDrained ? Math.max(0, overlapMs - (performance.now() - began)) : 0;
    if (leftMs > 0) abortAfter(overlap, leftMs);
    else if (!signal.aborted) overlap.abort();
    return wasDrained;
  }

  async #commit(): Promise<void> {
    const { proposals, deadlineMs, credentialUsers, participants, journal } = this.#options;
    await setImmediate(); // those that were given the old value in this very turn have been recorded then
    const logins = proposals.flatMap(({ name, proposed }) =>
      credentialUsers(name).map((user) => ({ user, value: proposed.value })),
    );
    await this.#swap.prepare(logins, deadlineMs);
    // Slow on purpose, so it is made while the modules are asked.
    const proofs = Promise.all(
      proposals.map(async ({ name, proposed }) => [name, await proofOf(proposed.value)] as const),
    );
    proofs.catch(() => undefined);
    const record = this.#record('published');
    if (record.adopts) await this.#keepPrevious();
    await journal.write(record.adopts ? { ...record, proofs: Object.fromEntries(await proofs) } : record);

    this.#answers = this.#readersOf(participants);
    for (const { participant, keys } of this.#answers)
      if (participant.plainReader !== undefined)
        for (const proposal of proposals) if (keys.includes(proposal.name)) proposal.publishTo(participant.plainReader);
    const publishedAt = performance.now();
    await Promise.all(this.#answers.map((answer) => this.#publish(answer)));
    if (!this.#answers.every(({ module }) => ['acknowledged', 'gone'].includes(module.outcome))) throw notAcknowledged;
    this.#acknowledgedMs = Math.round(performance.now() - publishedAt);

    this.#swap.activate();
    await this.#store(Object.fromEntries(await proofs));
  }

  async #store(proofs: NonNullable<RotationRecord['proofs']>): Promise<void> {
    const { proposals, journal } = this.#options;
    await this.#keepPrevious();
    await journal.write({ ...this.#record('storing'), proofs });
    await storeAll(proposals);
    for (const proposal of proposals) proposal.enforce();
  }

  /** Before a crash could leave the new values in force. */
  #keepPrevious(): Promise<void> {
    return this.#options.keepPrevious(this.#options.proposals, this.#options.overlapMs);
  }

  #readersOf(participants: RotationRunOptions['participants']): Answer[] {
    const answers = new Map<string, Answer>();
    for (const name of this.#names) {
      for (const participant of participants(name)) {
        const { moduleId } = participant;
        const waiting: ModuleRotation = { moduleId, outcome: 'late', durationMs: 0 };
        const answer = answers.get(moduleId) ?? { participant, keys: [], module: waiting };
        answer.keys.push(name);
        answers.set(moduleId, answer);
      }
    }
    return [...answers.values()];
  }

  async #publish(answer: Answer): Promise<void> {
    const received = () => {
      answer.module = { ...answer.module, receivedAt: new Date().toISOString() };
    };
    const { outcome, message, durationMs } = await this.#ask(answer, 'rotation', received);
    answer.module = {
      ...answer.module,
      outcome,
      durationMs,
      ...(message === undefined ? {} : { message }),
      ...(outcome === 'acknowledged' ? { activatedAt: new Date().toISOString() } : {}),
    };
  }

  /** A module that rejected has gone back by itself; plain ones read again whatever they answered. */
  async #takeBack(answer: Answer): Promise<void> {
    const { participant } = answer;
    const { outcome } = answer.module;
    if (outcome === 'gone') return;
    if (outcome === 'rejected' && participant.plainReader === undefined) return;
    const taken = await this.#ask(answer, 'rollback');
    const { durationMs, message } = taken;
    const told = { durationMs, ...(message === undefined ? {} : { message }) };
    if (taken.outcome === 'gone') answer.module = { ...answer.module, ...told, outcome: 'gone' };
    else if (taken.outcome !== 'acknowledged')
      answer.module = { ...answer.module, ...told, outcome: 'rollback-failed' };
    else if (outcome === 'acknowledged')
      answer.module = { ...answer.module, outcome: 'rolled-back', rolledBackAt: new Date().toISOString() };
  }

  async #ask(
    { participant, keys }: Answer,
    reason: RotationReason,
    received?: () => void,
  ): Promise<Pick<ModuleRotation, 'outcome' | 'message' | 'durationMs'>> {
    const { deadlineMs, overlapMs, rotationId, redactor } = this.#options;
    const started = performance.now();
    const answered = (outcome: ModuleRotation['outcome'], message?: string) => {
      const durationMs = Math.round(performance.now() - started);
      return { outcome, durationMs, ...(message === undefined ? {} : { message }) };
    };
    const late = new Error(`no answer within ${deadlineMs} ms`);
    const notice = { keys, rotationId, reason, deadlineMs, overlapMs };
    try {
      const asked = Promise.resolve().then(() => participant.rotate(notice, received));
      return answered((await withDeadline(asked, deadlineMs + graceMs, () => late)) ?? 'acknowledged');
    } catch (error) {
      return answered(error === late ? 'late' : 'rejected', redactor.redact(messageOf(error)));
    }
  }

  async #settle(answer: Answer): Promise<void> {
    const { rotationId, overlapMs, logger } = this.#options;
    const { participant, keys, module } = answer;
    if (module.outcome !== 'acknowledged' || !participant.settle) return;
    try {
      const isDrained = await participant.settle({ keys, rotationId, overlapMs });
      if (isDrained) answer.module = { ...answer.module, drainedAt: new Date().toISOString() };
    } catch (error) {
      logger.debug('a module did not say that it is done with an old secret', { module: module.moduleId, error });
    }
  }

  get #names(): readonly string[] {
    return this.#options.proposals.map(({ name }) => name);
  }

  get #elapsedMs(): number {
    return Math.round(performance.now() - this.#began);
  }

  #record(stage: RotationRecord['stage']): RotationRecord {
    return recordOf({ ...this.#options, startedAt: this.#startedAt, stage });
  }
}

/** Holds the controller alone, not the values of the rotation. */
function abortAfter(controller: AbortController, ms: number): void {
  setTimeout(() => controller.abort(), ms).unref();
}

/** Some module did not acknowledge; its part of the report says why. */
const notAcknowledged = new Error('not every module acknowledged');
