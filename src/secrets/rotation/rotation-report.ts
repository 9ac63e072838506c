/** How one module answered. */
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
  readonly durationMs: number;
}

/** What came of one rotation. Never contains a value. */
export interface RotationReport {
  readonly rotationId: string;
  readonly name: string;
  /** `rejected` leaves the old value in force everywhere. */
  readonly outcome: 'committed' | 'rejected';
  /** The version in force now. */
  readonly version: string;
  /** Why it was rejected, when no module was the reason. */
  readonly message?: string;
  readonly modules: readonly ModuleRotation[];
}
