import type { RotationActor } from './rotation-actor.js';

/** How one module answered, and when it reached each stage (ISO 8601). */
export interface ModuleRotation {
  readonly moduleId: string;
  /**
   * `acknowledged`: uses the new value. `rejected`: a hook refused, the old value stays. `late`: no answer before the
   * deadline; it was told to go back. `rolled-back`: had acknowledged and went back. `rollback-failed`: was told to go
   * back and could not, so it may use the rejected value until it is restarted. `gone`: ended before it had started; its
   * next launch reads the value then in force.
   */
  readonly outcome: 'acknowledged' | 'rejected' | 'late' | 'rolled-back' | 'rollback-failed' | 'gone';
  /** The reason of a rejection, redacted. */
  readonly message?: string;
  /** From being told until its last answer. */
  readonly durationMs: number;
  /** It has the notice; modules of the plain protocol do not say. */
  readonly receivedAt?: string;
  /** Its hooks have accepted and its handles hold the new value. */
  readonly activatedAt?: string;
  /** After the commit: nothing in it uses the old value. Absent while something does, and for modules that do not say. */
  readonly drainedAt?: string;
  /** It holds the old value again. */
  readonly rolledBackAt?: string;
}

/** How something that logs in with the secret, such as a pool of connections, came through. */
export interface CredentialRotation {
  /** `database 'main'`. */
  readonly name: string;
  readonly secret: string;
  /**
   * `refused`: the new value was tried and does not work, or could not be tried. `abandoned`: it works, but the rotation
   * was rejected. `activated`: new work logs in with it, and what is under way ends on the old one. `retired`: the last
   * connection of the old one has closed.
   */
  readonly outcome: 'refused' | 'abandoned' | 'activated' | 'retired';
  /** Why it was refused, redacted; or why its old connections could not be closed. */
  readonly message?: string;
  readonly preparedAt?: string;
  readonly activatedAt?: string;
  readonly drainedAt?: string;
}

/** As it is logged: what stands under `secret` is hidden there, and it is only a name. */
export function loggedCredentials(credentials: readonly CredentialRotation[]): readonly object[] {
  return credentials.map(({ secret: secretName, ...credential }) => ({ ...credential, secretName }));
}

/** What came of one rotation. Never contains a value. */
export interface RotationReport {
  readonly rotationId: string;
  /** The secret; of a batch the first in alphabetical order. */
  readonly name: string;
  /** Everything that rotated together. */
  readonly names: readonly string[];
  /** `rejected` leaves the old values in force everywhere. */
  readonly outcome: 'committed' | 'rejected';
  /** The version of `name` in force now. */
  readonly version: string;
  /** The version in force now of each of `names`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Why it was rejected, when no module was the reason. */
  readonly message?: string;
  readonly by: RotationActor;
  readonly startedAt: string;
  /** Until it was decided. */
  readonly durationMs: number;
  /** From publishing until the last module had acknowledged; absent when one did not. */
  readonly acknowledgedMs?: number;
  readonly credentials: readonly CredentialRotation[];
  readonly modules: readonly ModuleRotation[];
}
