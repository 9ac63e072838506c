import { buildInfo } from '../foundation/index.js';
import type { RotateOptions, RotationReport, WatchHealth } from '../secrets/index.js';
import type { Closers } from './closers.js';
import type { SecretListing } from './control/control-actions.js';
import { moduleNotFound } from './orchestrator-error.js';
import type { OrchestratorStatus } from './orchestrator-status.js';
import type { SecretRotations } from './rotations/secret-rotations.js';
import type { ModuleStatus } from './supervisor/module-status.js';
import type { Supervisor } from './supervisor/supervisor.js';
import type { ModuleTraces } from './trace/module-traces.js';
import type { TraceEvent } from './trace/trace-event.js';

export interface OrchestratorParts {
  readonly supervisor: Supervisor;
  readonly rotations: Pick<SecretRotations, 'rotate' | 'adopt' | 'problems'>;
  readonly listSecrets: () => Promise<readonly SecretListing[]>;
  /** `http://host:port`, once there is one. */
  readonly gateway: () => string | undefined;
  readonly watchHealth: () => WatchHealth;
  readonly traces: ReadonlyMap<string, ModuleTraces>;
  readonly closers: Closers;
}

/** A running orchestrator. Whoever started it closes it; disposal does the same. */
export class Orchestrator implements AsyncDisposable {
  /**
   * Resolves when every module has announced itself or failed its first start; `modules` tells which. Never rejects:
   * a module that failed is tried again as its restart policy says.
   */
  readonly ready: Promise<void>;
  readonly #parts: OrchestratorParts;
  readonly #startedAt = new Date();
  #closing: Promise<void> | undefined;

  /** @internal Use `startOrchestrator`. */
  constructor(parts: OrchestratorParts, ready: Promise<void>) {
    this.#parts = parts;
    this.ready = ready;
  }

  /** The modules as they are now, by id. */
  get modules(): ReadonlyMap<string, ModuleStatus> {
    return new Map(this.#parts.supervisor.statuses.map((status) => [status.id, status]));
  }

  /** Where the gateway listens, `http://host:port`; undefined when the configuration has none. */
  get gateway(): string | undefined {
    return this.#parts.gateway();
  }

  get status(): OrchestratorStatus {
    const modules = this.#parts.supervisor.statuses;
    const secrets = this.#parts.watchHealth();
    const problems = this.#parts.rotations.problems;
    const isRunning = modules.every(({ state }) => state === 'running' || state === 'stopped');
    const isWell = isRunning && problems.length === 0 && secrets.status === 'ok';
    const gateway = this.gateway;
    return {
      status: this.#closing ? 'stopping' : isWell ? 'ok' : 'degraded',
      pid: process.pid,
      startedAt: this.#startedAt.toISOString(),
      ...(gateway !== undefined && { gateway }),
      modules,
      secrets,
      ...(problems.length > 0 && { problems }),
      build: buildInfo,
    };
  }

  /** Gives a secret a new value in every module that uses it, or in none. Rejects with `SecretError` when it cannot begin. */
  rotateSecret(name: string, value: string, options?: RotateOptions): Promise<RotationReport> {
    return this.rotateSecrets({ [name]: value }, options);
  }

  /** The same for several secrets at once: all of them in every module, or none. */
  rotateSecrets(values: Readonly<Record<string, string>>, options?: RotateOptions): Promise<RotationReport> {
    return this.#parts.rotations.rotate(new Map(Object.entries(values)), options);
  }

  /**
   * Rotates to the values that the providers of these secrets have by now: again for those that were rejected when they
   * changed, and at once where changes are not watched. Undefined when all of them are in force.
   */
  adoptSecrets(names: readonly string[], options?: RotateOptions): Promise<RotationReport | undefined> {
    return this.#parts.rotations.adopt(names, options);
  }

  /**
   * The messages that pass between the orchestrator and a module from now on, secrets redacted, until `signal`. A reader
   * that is too slow loses messages and is told how many. Throws MODULE_NOT_FOUND.
   */
  trace(moduleId: string, signal: AbortSignal): AsyncIterable<TraceEvent> {
    const { traces } = this.#parts;
    const ofModule = traces.get(moduleId);
    if (ofModule) return ofModule.open(signal);
    throw moduleNotFound(moduleId, traces.keys());
  }

  /** The secrets that are granted or known, never their values. */
  listSecrets(): Promise<readonly SecretListing[]> {
    return this.#parts.listSecrets();
  }

  /**
   * Lets requests in flight finish, asks every module to end (then terminates, then kills it), closes databases and
   * caches. Idempotent; takes at most the longest `shutdownGrace` and about ten seconds.
   */
  close(): Promise<void> {
    this.#closing ??= this.#parts.closers.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
