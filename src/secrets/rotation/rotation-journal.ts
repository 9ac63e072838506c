import type { Proposal } from './proposal.js';
import type { RotationActor } from './rotation-actor.js';
import type { ValueProof } from './value-proof.js';

/** What is kept of a rotation under way, so that the next process can end it if this one cannot. Never a value. */
export interface RotationRecord {
  readonly rotationId: string;
  readonly names: readonly string[];
  readonly by: RotationActor;
  readonly startedAt: string;
  /** Of each name, the version in force before and the one proposed. */
  readonly versions: Readonly<Record<string, { readonly from: string; readonly to: string }>>;
  /** Whether the values were in their place before the rotation began, because they had changed there. */
  readonly adopts: boolean;
  /**
   * `published`: modules may use the new values, the provider has the old ones. `storing`: all have acknowledged and the
   * new values are being stored; which ones are is seen by their proofs.
   */
  readonly stage: 'published' | 'storing';
  /** Of stage `storing`, and of values that were in their place before: how each new value is recognised. */
  readonly proofs?: Readonly<Record<string, ValueProof>>;
}

export interface RecordedRotation extends Pick<RotationRecord, 'rotationId' | 'by' | 'stage'> {
  readonly proposals: readonly Proposal[];
  readonly startedAt: Date;
}

/** What is to be kept of a rotation, but for the proofs. */
export function recordOf({ rotationId, by, stage, proposals, startedAt }: RecordedRotation): RotationRecord {
  const versions = proposals.map(
    ({ name, previous, proposed }) => [name, { from: previous.version, to: proposed.version }] as const,
  );
  return {
    rotationId,
    names: proposals.map(({ name }) => name),
    by,
    startedAt: startedAt.toISOString(),
    versions: Object.fromEntries(versions),
    adopts: proposals.some(({ isAdopted }) => isAdopted),
    stage,
  };
}

/** Where rotations under way are kept over a crash. */
export interface RotationJournal {
  /** Replaces what was written of this rotation. Resolves when a crash cannot take it any more. */
  write(record: RotationRecord): Promise<void>;
  /** The rotation has ended and been recorded elsewhere. */
  remove(rotationId: string): Promise<void>;
}

/** Keeps nothing: for rotations that end with the process, because nothing of them outlives it. */
export const noJournal: RotationJournal = { write: () => Promise.resolve(), remove: () => Promise.resolve() };
