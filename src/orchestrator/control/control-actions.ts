import type { RotateOptions, RotationActor, RotationReport } from '../../secrets/index.js';
import type { OrchestratorStatus } from '../orchestrator-status.js';
import type { TraceEvent } from '../trace/trace-event.js';

/** A secret as it may be shown: never its value. */
export interface SecretListing {
  readonly name: string;
  /** The provider that has it; absent when none has. */
  readonly provider?: string;
  /** Why it cannot be read. */
  readonly problem?: string;
  /** The modules that were granted it. */
  readonly modules: readonly string[];
  /** What of the orchestrator logs in or signs with it: `database 'main'`. */
  readonly usedBy: readonly string[];
}

/** What can be asked of a running orchestrator. */
export interface ControlActions {
  status(): Promise<OrchestratorStatus>;
  listSecrets(): Promise<readonly SecretListing[]>;
  rotateSecret(name: string, value: string, options?: RotateOptions): Promise<RotationReport>;
  /** Several together, all or none. */
  rotateSecrets(values: Readonly<Record<string, string>>, options?: RotateOptions): Promise<RotationReport>;
  /** Rotates to the values that the providers have by now; undefined when those are in force. */
  adoptSecrets(names: readonly string[], options?: RotateOptions): Promise<RotationReport | undefined>;
  /**
   * Writes into the audit log who has set a secret where it is kept, by default this user. Resolves with undefined, or
   * with why it was not recorded.
   */
  recordSet(name: string, by?: RotationActor): Promise<string | undefined>;
  /**
   * What passes between the orchestrator and a module from now on, secrets redacted, until `signal` or the end of the
   * orchestrator. A reader that is too slow loses messages and is told how many. MODULE_NOT_FOUND for an unknown module.
   */
  trace(moduleId: string, signal: AbortSignal): AsyncIterable<TraceEvent>;
}
