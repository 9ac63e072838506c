import type { ModuleSecrets } from '../module-secrets.js';
import type { RotationRequest } from './module-rotations.js';
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
   * when it does not use it. Calls `received` once it is known that the module has the notice, where it says so.
   */
  rotate(notice: RotationNotice, received?: () => void): Promise<void | 'gone'>;
  /**
   * Tells the module that the rotation was committed. Resolves with whether it said that nothing in it uses the old value
   * any more, which may take as long as its transactions. Left out by modules that would not understand.
   */
  settle?(notice: Pick<RotationNotice, 'keys' | 'rotationId' | 'overlapMs'>): Promise<boolean>;
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
  return {
    moduleId,
    rotate: (notice, received) => {
      received?.();
      return secrets.rotate(receivedRotation(notice));
    },
    settle: async ({ rotationId }) => {
      await secrets.settle(rotationId);
      return true;
    },
  };
}
