import type { ModuleSecrets, RotationRequest } from '../module-secrets.js';
import type { RotationReason } from './on-secret-rotated.js';

/** A rotation as it travels to a module. */
export interface RotationNotice {
  readonly keys: readonly string[];
  readonly rotationId: string;
  readonly reason: RotationReason;
  /** From the moment the module receives it. */
  readonly deadlineMs: number;
  readonly overlapMs: number;
}

/** One running module that uses a secret. */
export interface RotationParticipant {
  readonly moduleId: string;
  /**
   * Set for peers of the plain protocol: the key under which they read secrets (`StoreReadOptions.reader`), one for
   * each launch. They see the proposed value when they read again, and are told of a rejection even after rejecting.
   */
  readonly plainReader?: string;
  /**
   * Resolves when the module uses the value, or with `gone` when it has ended and so uses none; rejects with its reason
   * when it does not use it.
   */
  rotate(notice: RotationNotice): Promise<void | 'gone'>;
}

/** The notice as `ModuleSecrets.rotate` takes it; the clock starts now. */
export function receivedRotation(notice: RotationNotice): RotationRequest {
  const { keys, rotationId, reason, deadlineMs, overlapMs } = notice;
  const now = Date.now();
  return {
    names: keys,
    rotationId,
    reason,
    deadline: new Date(now + deadlineMs),
    overlapUntil: new Date(now + overlapMs),
  };
}

/** A module in the same process as its store. */
export function localParticipant(moduleId: string, secrets: ModuleSecrets): RotationParticipant {
  return { moduleId, rotate: (notice) => secrets.rotate(receivedRotation(notice)) };
}
