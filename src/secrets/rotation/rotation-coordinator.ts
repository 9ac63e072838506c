import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  type Duration,
  durationMs,
  isWellFormed,
  type Logger,
  messageOf,
  type Redactor,
  withDeadline,
} from '../../foundation/index.js';
import type { RotationReason } from './on-secret-rotated.js';
import type { RotationParticipant } from './rotation-participant.js';
import type { ModuleRotation, RotationReport } from './rotation-report.js';
import { SecretError } from '../secret-error.js';
import type { Proposal, SecretStore } from '../secret-store.js';
import { SerialQueue } from './serial-queue.js';

const largestValue = 1024 * 1024;
/** A module's own word about a hook that hung, sent at the deadline, is worth more than "late". */
const graceMs = 500;

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
  /** How many rotations of one secret may run or wait. Default 8. */
  readonly longestQueue?: number;
}

export interface RotateOptions {
  /** How long the modules have. Default `30s`. */
  readonly deadline?: Duration;
  /** How long the retiring value stays accepted elsewhere; told to hooks. Default `5m`. */
  readonly overlap?: Duration;
}

/** What one rotation carries through its steps. */
interface Run {
  readonly name: string;
  readonly proposal: Proposal;
  readonly deadlineMs: number;
  readonly overlapMs: number;
}

interface Answer extends ModuleRotation {
  readonly participant: RotationParticipant;
}

/** Rotates secrets: either every module that uses one acknowledges and the new value is stored, or the old one stays. */
export class RotationCoordinator {
  readonly #queues = new Map<string, SerialQueue>();
  #isClosed = false;

  constructor(private readonly options: RotationCoordinatorOptions) {}

  /**
   * Resolves with a report, whatever the modules answered. Rejects beforehand, nothing having been told to anyone, with
   * `SecretError`: INVALID (empty, over 1 MiB, no well-formed text), NOT_FOUND, READ_ONLY, ROTATION_BUSY (too many waiting; closing).
   */
  async rotate(name: string, value: string, options: RotateOptions = {}): Promise<RotationReport> {
    this.options.redactor.add(value);
    const deadlineMs = durationMs(options.deadline ?? '30s', 'deadline');
    const overlapMs = durationMs(options.overlap ?? '5m', 'overlap');
    if (this.#isClosed)
      throw new SecretError('ROTATION_BUSY', `secret '${name}' cannot be rotated: the orchestrator is stopping`);
    if (value === '') throw new SecretError('INVALID', `the new value of '${name}' is empty; nothing was changed`);
    if (Buffer.byteLength(value) > largestValue)
      throw new SecretError('INVALID', `the new value of '${name}' is larger than 1 MiB`);
    if (!isWellFormed(value))
      throw new SecretError('INVALID', `the new value of '${name}' is not well-formed text; nothing was changed`);
    const queue = this.#queues.get(name) ?? new SerialQueue(`secret '${name}'`, this.options.longestQueue ?? 8);
    this.#queues.set(name, queue);
    try {
      return await queue.run(async () => {
        const proposal = await this.options.store.propose(name, value, randomUUID());
        return this.#run({ name, proposal, deadlineMs, overlapMs });
      });
    } finally {
      if (queue.isIdle) this.#queues.delete(name);
    }
  }

  /** Refuses further rotations and waits for those that were accepted, at most their deadlines. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#queues.values()].map((queue) => queue.idle()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(run: Run): Promise<RotationReport> {
    const { proposal, name } = run;
    let answers: readonly Answer[] = [];
    let failure: string | undefined;
    try {
      await setImmediate(); // those that were given the old value in this very turn have been recorded then
      const participants = this.options.participants(name);
      for (const { plainReader } of participants) if (plainReader !== undefined) proposal.publishTo(plainReader);
      answers = await Promise.all(participants.map((participant) => this.#ask(participant, run, 'rotation')));
      if (answers.every(({ outcome }) => outcome === 'acknowledged' || outcome === 'gone')) {
        await proposal.commit();
        return this.#report(run, 'committed', answers);
      }
    } catch (error) {
      failure = this.options.redactor.redact(messageOf(error));
    } finally {
      proposal.withdraw();
    }
    const modules = await Promise.all(answers.map((answer) => this.#takeBack(answer, run)));
    return this.#report(run, 'rejected', modules, failure);
  }

  async #ask(participant: RotationParticipant, run: Run, reason: RotationReason): Promise<Answer> {
    const { deadlineMs, overlapMs, name, proposal } = run;
    const { moduleId } = participant;
    const started = performance.now();
    const answered = (outcome: ModuleRotation['outcome'], message?: string): Answer => {
      const durationMs = Math.round(performance.now() - started);
      return { participant, moduleId, outcome, durationMs, ...(message === undefined ? {} : { message }) };
    };
    const late = new Error(`no answer within ${deadlineMs} ms`);
    try {
      const asked = Promise.resolve().then(() =>
        participant.rotate({ keys: [name], rotationId: proposal.rotationId, reason, deadlineMs, overlapMs }),
      );
      return answered((await withDeadline(asked, deadlineMs + graceMs, () => late)) ?? 'acknowledged');
    } catch (error) {
      return answered(error === late ? 'late' : 'rejected', this.options.redactor.redact(messageOf(error)));
    }
  }

  /** A module that rejected has gone back by itself; plain ones read again whatever they answered. */
  async #takeBack(answer: Answer, run: Run): Promise<ModuleRotation> {
    const { participant, outcome } = answer;
    if (outcome === 'gone') return answer;
    if (outcome === 'rejected' && participant.plainReader === undefined) return answer;
    const taken = await this.#ask(participant, run, 'rollback');
    if (taken.outcome === 'gone') return taken;
    if (taken.outcome !== 'acknowledged') return { ...taken, outcome: 'rollback-failed' };
    return outcome === 'acknowledged' ? { ...answer, outcome: 'rolled-back' } : answer;
  }

  #report(
    { name, proposal }: Run,
    outcome: RotationReport['outcome'],
    answers: readonly ModuleRotation[],
    message?: string,
  ): RotationReport {
    const modules = answers.map(({ moduleId, outcome, message, durationMs }) => ({
      moduleId,
      outcome,
      durationMs,
      ...(message === undefined ? {} : { message }),
    }));
    const { rotationId } = proposal;
    const version = outcome === 'committed' ? proposal.proposed.version : proposal.previousVersion;
    const report: RotationReport = {
      rotationId,
      name,
      outcome,
      version,
      modules,
      ...(message === undefined ? {} : { message }),
    };
    if (outcome === 'committed') this.options.logger.info('secret rotation committed', { ...report });
    else this.options.logger.warn('secret rotation rejected; the old value stays in force', { ...report });
    return report;
  }
}
